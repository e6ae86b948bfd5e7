using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Jobs;

namespace PgmCluster.Grains.Evaluation;

/// <summary>State of an evaluation.</summary>
[GenerateSerializer, Alias("pgm.EvaluationJobState")]
public sealed class EvaluationJobState : WorkJobState<EvaluationRequest>
{
    [Id(0)] public ArtifactReference? Model { get; set; }

    [Id(1)] public ArtifactReference? Tokenizer { get; set; }

    /// <summary>The classifier's weights, in states that have no <see cref="Features"/>.</summary>
    [Id(2)] public ArtifactReference? Classifier { get; set; }

    [Id(3)] public DatasetInfo? Dataset { get; set; }

    /// <summary>What each part but the last was about, in states of versions without units.</summary>
    [Id(4)] public List<EvaluationChunk> Chunks { get; set; } = [];

    [Id(5)] public EvaluationScores? Scores { get; set; }

    /// <summary>Null in states from before there were other features than a classifier's.</summary>
    [Id(6)] public FeatureSource? Features { get; set; }

    /// <summary>Statistics that were made before; null where the reference is part of the evaluation.</summary>
    [Id(7)] public ReferenceStatistics? Statistics { get; set; }

    /// <summary>Real images are drawn from all of their split; false in states from before: they are its first ones.</summary>
    [Id(8)] public bool Drawn { get; set; }

    /// <summary>Classes that images are generated of, in turn; empty in states from before: all.</summary>
    [Id(9)] public List<int> Classes { get; set; } = [];

    /// <summary>What of the sampling is far from how the model learned to draw, a clause.</summary>
    [Id(10)] public string? Note { get; set; }
}
