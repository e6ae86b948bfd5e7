using PgmCluster.Cli.Errors;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Checkpoints;
using PgmCluster.Execution.Runs;

namespace PgmCluster.Cli.Homes;

/// <summary>Finds checkpoints by what the user calls them: a file, the folder of a checkpoint, a file that was
/// pulled, or a run of this home.</summary>
internal static class CheckpointPlaces
{
    /// <summary>
    /// Opens it. A run's weights are preferred; its newest checkpoint is taken where these are not written yet, or lack the optimizer.
    /// </summary>
    /// <exception cref="BadInputException">There is no such thing, or it is no checkpoint.</exception>
    /// <exception cref="DataCorruptException">It is damaged.</exception>
    public static ReferenceCheckpoint Open(PgmHome home, string given, string? key = null, bool withOptimizer = false)
    {
        given = PulledPlaces.File(home, given);
        if (File.Exists(given) || Directory.Exists(given)) return ReferenceCheckpoint.Open(Path.GetFullPath(given), key);
        if (home.HasRemoteArtifacts) return OpenRemote(home, given, key);
        var weights = home.ArtifactPath(RunFiles.Weights(given));
        var folder = NewestCheckpoint(home.ArtifactPath(RunFiles.Checkpoints(given)));
        if (File.Exists(weights) && !(withOptimizer && folder is not null)) return ReferenceCheckpoint.Open(weights, key);
        if (folder is not null) return ReferenceCheckpoint.Open(folder, key);

        var runs = Directory.Exists(home.ArtifactPath("runs"))
            ? Directory.GetDirectories(home.ArtifactPath("runs")).Select(d => Path.GetFileName(d)).ToList()
            : [];
        var nearest = NearestName.Find(given, runs);
        throw new BadInputException(
            $"Looking for the checkpoint '{given}': "
            + $"it is neither a file nor a run of {home.Root} with "
            + $"weights{(nearest is null ? "" : $"; did you mean the run '{nearest}'?")}. "
            + "Name a .pth, .pt, .ckpt or .safetensors file, or a run.");
    }

    /// <summary>Of a run in a bucket its weights alone: a checkpoint's files lie together in a directory only.</summary>
    private static ReferenceCheckpoint OpenRemote(PgmHome home, string given, string? key)
    {
        var copy = Path.Combine(home.Cache, $".checkpoint-{Guid.NewGuid():N}.safetensors");
        try
        {
            var store = home.OpenArtifacts();
            using (var stream = store.OpenRead(RunFiles.Weights(given))) AtomicFile.Write(copy, stream.CopyTo);
            try
            {
                return ReferenceCheckpoint.OpenCopy(copy, store.PlaceOf(RunFiles.Weights(given)), key);
            }
            finally
            {
                // What is open stays.
                File.Delete(copy);
            }
        }
        catch (Exception e) when (e is FileNotFoundException or ArgumentException)
        {
            throw new BadInputException(
                $"Looking for the checkpoint '{given}': it is neither a file nor a completed run in {home.Artifacts}. "
                + "Name a .pth, .pt, .ckpt or .safetensors file, or a completed run.", e);
        }
    }

    private static string? NewestCheckpoint(string checkpoints)
    {
        if (!Directory.Exists(checkpoints)) return null;
        // Steps have leading zeros, generations have not.
        return Directory.GetDirectories(checkpoints).Where(d => File.Exists(Path.Combine(d, "manifest.json")))
            .OrderByDescending(d => d[..d.LastIndexOf('-')], StringComparer.Ordinal).ThenByDescending(d => d.Length)
                .ThenByDescending(d => d, StringComparer.Ordinal).FirstOrDefault();
    }
}
