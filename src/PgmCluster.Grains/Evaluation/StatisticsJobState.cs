using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Grains.Jobs;

namespace PgmCluster.Grains.Evaluation;

/// <summary>State of a making of reference statistics.</summary>
[GenerateSerializer, Alias("pgm.StatisticsJobState")]
public sealed class StatisticsJobState : WorkJobState<StatisticsRequest>
{
    [Id(0)] public DatasetInfo? Dataset { get; set; }

    [Id(1)] public FeatureSource? Features { get; set; }

    /// <summary>What each part but the last was about, in states of versions without units.</summary>
    [Id(2)] public List<EvaluationChunk> Chunks { get; set; } = [];

    [Id(3)] public ReferenceStatistics? Result { get; set; }

    /// <summary>Images are drawn from all of their split; false in states from before: they are its first ones.</summary>
    [Id(4)] public bool Drawn { get; set; }
}
