using PgmCluster.Data.Artifacts;

namespace PgmCluster.Execution.Documents;

/// <summary>Result of sampling one chunk.</summary>
public sealed record SampleChunkResult
{
    public required IReadOnlyList<ArtifactInfo> Images { get; init; }
}
