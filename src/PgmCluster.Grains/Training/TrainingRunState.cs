using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Training;
using PgmCluster.Grains.Jobs;

namespace PgmCluster.Grains.Training;

/// <summary>State of a training run: its specification, data and checkpoints by name and hash, never a weight.</summary>
[GenerateSerializer, Alias("pgm.TrainingRunState")]
public sealed class TrainingRunState : SingleWorkState<TrainingRequest>
{
    /// <summary>"tokenizer", "classifier", "pgm", "pgm-once" or "maskgit".</summary>
    [Id(0)] public string Kind { get; set; } = "";

    [Id(1)] public string Specification { get; set; } = "";

    [Id(2)] public string SpecificationSha256 { get; set; } = "";

    /// <summary>The dataset of a run on images, as it was when the run was made.</summary>
    [Id(3)] public DatasetInfo? Dataset { get; set; }

    /// <summary>The shards of a run on tokens, in index order.</summary>
    [Id(4)] public List<ArtifactReference>? Tokens { get; set; }

    /// <summary>Newest first.</summary>
    [Id(5)] public List<TrainingCheckpoint> Checkpoints { get; set; } = [];

    [Id(6)] public TrainingResult? Result { get; set; }

    /// <summary>Weights of the tokenizer behind the shards of a run on tokens.</summary>
    [Id(7)] public ArtifactReference? Tokenizer { get; set; }

    /// <summary>What the numerics of its devices must be; null where any will do, and in runs of older versions.</summary>
    [Id(8)] public string? DeviceNumerics { get; set; }

    /// <summary>The shards of the mirrored images, in index order; null where they are not trained on.</summary>
    [Id(9)] public List<ArtifactReference>? Flipped { get; set; }
}
