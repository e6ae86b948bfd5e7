using PgmCluster.Contracts.Jobs;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;

namespace PgmCluster.Grains.Jobs;

/// <summary>Images that units of a job have left out.</summary>
internal static class SkippedImages
{
    /// <summary>Those of all units, each once, in the order of units and images; null for none.</summary>
    /// <param name="title">Names the job, such as "tokenization 'tokens'".</param>
    /// <param name="skipped">Of each unit.</param>
    /// <param name="allowed">So many may be left out.</param>
    /// <exception cref="JobFailedException">They are more.</exception>
    public static IReadOnlyList<SkippedImage>? Of(string title, IEnumerable<IReadOnlyList<BadImage>> skipped, int allowed)
    {
        List<BadImage> all = [.. skipped.SelectMany(s => s).Distinct()];
        if (all.Count > allowed)
        {
            throw new JobFailedException(
                $"Finishing {title}: {all.Count} images cannot be decoded, and {allowed} may be left out: {BadImage.Named(all)}. "
                + $"Give the same command with --bad-images skip:{all.Count}, which leaves them out, "
                + "or mend them and register the dataset again.");
        }
        return all.Count == 0 ? null : [.. all.Select(i => new SkippedImage(i.Shard, i.Key, i.Reason))];
    }
}
