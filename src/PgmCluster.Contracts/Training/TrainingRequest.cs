using System.Text.Json.Serialization;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Training;

/// <summary>Starts a training run: a preset (which also names the kind: tokenizer, classifier, pgm) with overrides.</summary>
[GenerateSerializer, Immutable, Alias("pgm.TrainingRequest")]
public sealed record TrainingRequest : IScheduledRequest
{
    /// <summary>Name of a preset, such as "pgm-fashion".</summary>
    [Id(0)] public required string Preset { get; init; }

    /// <summary>Overrides by dotted key, such as "training.steps" = "500".</summary>
    [Id(1)] public IReadOnlyDictionary<string, string> Set { get; init; } = new Dictionary<string, string>();

    /// <summary>Dataset to train on; its "train" split is used. Not for kinds that train on tokens.</summary>
    [Id(2)] public string? Dataset { get; init; }

    /// <summary>Completed tokenization job to train on, for kinds that train on tokens.</summary>
    [Id(3)] public string? Tokens { get; init; }

    /// <summary>Decides weights, data order and every draw.</summary>
    [Id(4)] public long Seed { get; init; }

    /// <summary>
    /// Checkpoint file to begin with, in the artifact store: weights, and averages, optimizer and step where it has them. Null begins with
    /// fresh weights.
    /// </summary>
    [Id(5)] public ArtifactReference? From { get; init; }

    /// <summary>With <see cref="From"/>: end at once with the file's weights as they are.</summary>
    [Id(6)] public bool AsIs { get; init; }

    /// <summary>Devices without which the run does not start.</summary>
    [Id(7)] public int MinWorkers { get; init; } = 1;

    /// <summary>
    /// Devices that it may use; more than <c>training.microBatches</c> are refused. The result does not depend on how many it gets.
    /// </summary>
    [Id(8)] public int MaxWorkers { get; init; } = 1;

    /// <summary>How its work is queued. The result does not depend on it, and a repetition of the request may name another.</summary>
    [Id(9)] public Scheduling? Scheduling { get; init; }

    /// <summary>
    /// With <see cref="From"/>: take the tensors under this key of the file, or behind this prefix of their names, such as "ema". Null
    /// takes the usual ones.
    /// </summary>
    [Id(10)] public string? FromWeights { get; init; }

    /// <summary>
    /// So many images of the dataset may be undecodable: the next one is trained on in the place of each. Counted are those that one device
    /// has met; with more the run fails and names them. A run that failed goes on where the same request comes with another number.
    /// </summary>
    [Id(11)] public int SkipBad { get; init; }

    /// <summary>
    /// Train on the mirrored images of the tokenization as well: each time an image is used, a draw says which of the two.
    /// </summary>
    [Id(12)] public bool Flips { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}
