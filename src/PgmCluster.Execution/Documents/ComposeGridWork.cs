using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Documents;

/// <summary>Document of <see cref="WorkKinds.ComposeGrid"/>; the result is an <see cref="ArtifactInfo"/>.</summary>
public sealed record ComposeGridWork
{
    public required string Output { get; init; }

    /// <summary>PNGs, row by row.</summary>
    public required IReadOnlyList<ArtifactInfo> Images { get; init; }

    public required int Columns { get; init; }

    /// <summary>One label per row, or empty.</summary>
    public IReadOnlyList<string> RowLabels { get; init; } = [];
}
