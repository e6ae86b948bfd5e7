using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;

namespace PgmCluster.Grains.Jobs;

/// <summary>Images that units of a job have left out.</summary>
internal static class SkippedImages
{
    /// <summary>
    /// Starts a job that may leave images out. Whoever repeats a completed one gets its result only if it keeps to what is asked for now.
    /// </summary>
    /// <param name="job">The job in words, such as "tokenization job 'tokens'".</param>
    /// <param name="allowed">So many images may be left out.</param>
    /// <param name="start">Starts it.</param>
    /// <param name="skipped">What its result leaves out, asked once it is started; null where no result says so.</param>
    /// <exception cref="InvalidRequestException">That is no number of images, or the result leaves out more.</exception>
    public static async Task<JobStatus> Start(
        string job, int allowed, Func<Task<JobStatus>> start, Func<IReadOnlyList<SkippedImage>?>? skipped = null)
    {
        if (allowed < 0) throw new InvalidRequestException($"Starting {job}: {allowed} images may be left out. Give 0 or more.");
        var status = await start();
        if (skipped?.Invoke() is { } left && left.Count > allowed)
            throw new InvalidRequestException(
                $"Starting {job}: it is completed and left out {left.Count} images, asked for {allowed} at most. "
                + $"Give --bad-images skip:{left.Count} to take it as it is, or add --fresh to get a new one.")
            {
                Code = PgmErrorCode.Conflict,
            };
        return status;
    }

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
