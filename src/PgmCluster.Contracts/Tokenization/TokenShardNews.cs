using System.Text.Json.Serialization;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Tokenization;

/// <summary>What a shard grain tells its job.</summary>
[GenerateSerializer, Immutable, Alias("pgm.TokenShardNews")]
public sealed record TokenShardNews
{
    /// <summary>The shard's number in the job, from 0.</summary>
    [Id(0)] public required int Index { get; init; }

    /// <summary>Where the shard stands.</summary>
    [Id(1)] public required JobPhase Phase { get; init; }

    /// <summary>Images done in the present attempt.</summary>
    [Id(2)] public int ImagesDone { get; init; }

    /// <summary>Set when completed.</summary>
    [Id(3)] public TokenShardInfo? Shard { get; init; }

    /// <summary>Bitmap of the codes that occur (bit c of byte c/8); set when completed.</summary>
    [Id(4)] public byte[]? CodeBitmap { get; init; }

    /// <summary>Rows and columns of the code grid and size of the codebook; set when completed.</summary>
    [Id(5)] public int Height { get; init; }

    /// <summary>Columns of the code grid; set when completed.</summary>
    [Id(6)] public int Width { get; init; }

    /// <summary>Entries of the codebook; set when completed.</summary>
    [Id(7)] public int Codebook { get; init; }

    /// <summary>Why a shard failed or waits, in one line.</summary>
    [Id(8)] public string? Message { get; init; }

    /// <summary>The job's attempt that this is about; news of an earlier one are out of date.</summary>
    [Id(9)] public int Attempt { get; init; } = 1;

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}
