using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Jobs;

namespace PgmCluster.Grains.Evaluation;

/// <summary>State of an evaluation.</summary>
[GenerateSerializer]
public sealed class EvaluationJobState : WorkJobState<EvaluationRequest>
{
    [Id(0)] public ArtifactReference? Model { get; set; }

    [Id(1)] public ArtifactReference? Tokenizer { get; set; }

    [Id(2)] public ArtifactReference? Classifier { get; set; }

    [Id(3)] public DatasetInfo? Dataset { get; set; }

    /// <summary>What each part but the last is about, in the order of the parts.</summary>
    [Id(4)] public List<EvaluationChunk> Chunks { get; set; } = [];

    [Id(5)] public EvaluationScores? Scores { get; set; }
}
