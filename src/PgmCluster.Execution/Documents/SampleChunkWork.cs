using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Documents;

/// <summary>
/// Document of <see cref="WorkKinds.SampleChunk"/>: a PNG for each label. The result is a <see cref="SampleChunkResult"/>.
/// </summary>
public sealed record SampleChunkWork
{
    /// <summary>Prefix of the PNGs' names; the image's index in the job is appended.</summary>
    public required string OutputPrefix { get; init; }

    /// <summary>Index of the first image in the job.</summary>
    public required int FirstIndex { get; init; }

    public required ArtifactInfo Model { get; init; }

    public required ArtifactInfo Tokenizer { get; init; }

    /// <summary>One class per image.</summary>
    public required IReadOnlyList<int> Labels { get; init; }

    /// <summary>The chunk's own seed.</summary>
    public required long Seed { get; init; }

    public required SamplerSettings Settings { get; init; }
}
