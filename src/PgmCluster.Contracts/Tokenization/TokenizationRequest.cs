using System.Text.Json.Serialization;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Tokenization;

/// <summary>Turns a dataset's images into codes.</summary>
[GenerateSerializer, Immutable, Alias("pgm.TokenizationRequest")]
public sealed record TokenizationRequest : IScheduledRequest
{
    /// <summary>A registered dataset.</summary>
    [Id(0)] public required string Dataset { get; init; }

    /// <summary>Completed training run of kind "tokenizer".</summary>
    [Id(1)] public required string Tokenizer { get; init; }

    /// <summary>The split that is tokenized.</summary>
    [Id(2)] public string Split { get; init; } = "train";

    /// <summary>Images per shard; the last one may be smaller.</summary>
    [Id(3)] public int ShardSize { get; init; } = 2000;

    /// <summary>
    /// Images per forward pass; fewer where the devices have no memory for so many. Part of the request because another batch size can flip
    /// codes that are nearly tied.
    /// </summary>
    [Id(4)] public int BatchSize { get; init; } = 100;

    /// <summary>CPU threads of the computation, for the same reason; 0 takes the default and records it.</summary>
    [Id(5)] public int Threads { get; init; }

    /// <summary>How its work is queued. The result does not depend on it, and a repetition of the request may name another.</summary>
    [Id(6)] public Scheduling? Scheduling { get; init; }

    /// <summary>
    /// So many images that cannot be decoded are left out and listed; with more the job fails and names them. What is made of the others
    /// does not depend on it: a job that failed goes on where the same request comes with another number.
    /// </summary>
    [Id(7)] public int SkipBad { get; init; }

    /// <summary>Further splits that are tokenized in the same job, each a set of its own.</summary>
    [Id(8)] public IReadOnlyList<string> AlsoSplits { get; init; } = [];

    /// <summary>Each split's images once more, mirrored left to right, as a set of their own.</summary>
    [Id(9)] public bool Flips { get; init; }

    /// <summary>
    /// Where tokens are taken from that were made elsewhere, instead of images; null for images. The dataset may then be empty: classes are
    /// numbers as far as labels go.
    /// </summary>
    [Id(20)] public TokenImport? Import { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}
