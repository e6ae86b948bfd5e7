using System.Runtime.CompilerServices;
using PgmCluster.Contracts.Artifacts;
using PgmCluster.Grains.Calls;
using PgmCluster.Grains.Jobs;
using PgmCluster.Grains.Placement;

namespace PgmCluster.Grains.Artifacts;

/// <inheritdoc cref="IArtifactReferencesGrain"/>
[GrainType("artifactreferences"), PreferControlSilo]
public sealed class ArtifactReferencesGrain(IStoredRecords records) : Grain, IArtifactReferencesGrain
{
    /// <summary>Of artifacts or names in a part: well below a megabyte, since several parts may go in one message.</summary>
    private const int PartSize = 1000;

    private const int PartsAhead = 4;

    /// <summary>A client waits ten seconds for an answer.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(1);

    public async IAsyncEnumerable<StoredReferences> Read([EnumeratorCancellation] CancellationToken cancellation)
    {
        var nothing = new StoredReferences([], [], await records.ReadArtifactIdAsync(cancellation));
        yield return nothing;
        var parts = Parts(records.Read(cancellation)).OnPool(PartsAhead, cancellation);
        await foreach (var part in parts.WithHeartbeat(nothing, Heartbeat, cancellation))
            yield return part with { ArtifactId = nothing.ArtifactId };
    }

    private static async IAsyncEnumerable<StoredReferences> Parts(IAsyncEnumerable<StoredRecord> stored)
    {
        var uses = new List<ArtifactUse>();
        var jobs = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var record in stored)
        {
            foreach (var artifact in RecordUses.Of(record))
            {
                uses.Add(new ArtifactUse(artifact.ToReference(), $"{record.Kind} {record.Key}"));
                if (uses.Count < PartSize) continue;
                yield return new StoredReferences(uses, []);
                uses = [];
            }
            // The files of a deleted job are nobody's.
            if (!DeletedJobs.IsMark(record.Json)) jobs.Add(record.Owner);
        }
        if (uses.Count > 0) yield return new StoredReferences(uses, []);
        foreach (var names in jobs.Chunk(PartSize)) yield return new StoredReferences([], names);
    }
}
