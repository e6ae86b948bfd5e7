using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Artifacts.Opening;
using PgmCluster.Execution.Doctor;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Json;

namespace PgmCluster.Silo.Doctor;

/// <summary>The weights of finished runs against size and hash that were recorded when they were written.</summary>
internal static class WeightFindings
{
    private const string Subject = "weights", Advice = "Put the file back from a copy, or train again under another id.";

    /// <summary>Bytes that are read in a second or two.</summary>
    private const long Budget = 1 << 30;

    /// <param name="options">With the store.</param>
    /// <param name="database">Where the runs are recorded; null where it cannot be used or is not there yet.</param>
    /// <param name="all">Reads every file: otherwise the smallest first, up to 1 GiB, and of the others the size is compared.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public static Finding Look(SiloOptions options, ExaminedDatabase? database, bool all, CancellationToken cancellation)
    {
        if (database is not { SchemaVersion: > 0 }) return Finding.Ok(Subject, "no runs are recorded here, so there are none to compare");
        List<ArtifactReference> recorded;
        try
        {
            using var connection = database.Database.Connect();
            recorded = Recorded(connection, database.Owner?.StateId ?? options.ServiceId);
        }
        catch (Exception e) when (database.Database.Describe("read the runs in", e) is { } described)
        {
            return Findings.Failed(Subject, described.Message);
        }
        long read = 0;
        var (hashed, wrong) = (0, new List<string>());
        // Opened where there is something to look for: that makes a directory.
        IArtifactStore? store = null;
        foreach (var weights in recorded.OrderBy(w => w.Size))
        {
            var withContent = all || read + weights.Size <= Budget;
            store ??= ArtifactStores.Open(options.ArtifactsPlace, options.ArtifactCachePath, options.ArtifactCacheBytes);
            if (Problem(store, weights, withContent, cancellation) is { } problem) wrong.Add($"{store.PlaceOf(weights.Name)} {problem}");
            if (!withContent) continue;
            hashed++;
            read += weights.Size;
        }
        var others = wrong.Count > 3 ? $"; and {wrong.Count - 3} more" : "";
        if (wrong.Count > 0) return Finding.Failed(Subject, $"{string.Join("; ", wrong.Take(3))}{others}", Advice);
        var found = string.Create(
            CultureInfo.InvariantCulture,
            $"{recorded.Count} finished runs, {hashed} of their files read whole ({read / 1e6:0.0} MB), as they were recorded");
        return Finding.Ok(Subject, hashed == recorded.Count ? found : $"{found}; of the others the size was compared, --full reads them");
    }

    private static List<ArtifactReference> Recorded(DbConnection connection, string stateId)
    {
        using var command = connection.Command(
            "SELECT PayloadBinary FROM PgmGrainState WHERE GrainTypeString = 'training-run' AND ServiceId = @StateId AND PayloadBinary "
            + "IS NOT NULL", ("@StateId", stateId));
        using var reader = command.ExecuteReader();
        var recorded = new List<ArtifactReference>();
        while (reader.Read())
        {
            // Only this of a run: a newer or older version may store the rest in another way.
            var run = JsonSerializer.Deserialize<StoredRun>((byte[])reader[0], JsonGrainStateSerializer.Options);
            if (run?.Result?.Weights is { Name.Length: > 0 } weights) recorded.Add(weights);
        }
        return recorded;
    }

    private static string? Problem(IArtifactStore store, ArtifactReference weights, bool withContent, CancellationToken cancellation)
    {
        try
        {
            if (store.FindAsync(weights.Name, cancellation).GetAwaiter().GetResult() is not { } found) return "is missing";
            if (found.Size != weights.Size)
                return string.Create(CultureInfo.InvariantCulture, $"has {found.Size} bytes instead of the recorded {weights.Size}");
            if (!withContent) return null;
            // From where it is stored: a bucket's artifact may lie in this machine's cache as well.
            if (store.HashAsync(weights.Name, cancellation).GetAwaiter().GetResult() is not { } stored) return "is missing";
            return stored.Sha256 == weights.Sha256 ? null : "is not what was recorded: its bytes have changed";
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return "is missing";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"cannot be read ({e.Message.ReplaceLineEndings(" ").TrimEnd('.')})";
        }
    }

    private sealed record StoredRun(StoredResult? Result);

    private sealed record StoredResult(ArtifactReference? Weights);
}
