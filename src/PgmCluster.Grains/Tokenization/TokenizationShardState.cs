using System.Text.Json.Serialization;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.State;
using PgmCluster.Contracts.Tokenization;

namespace PgmCluster.Grains.Tokenization;

/// <summary>State of one shard.</summary>
[GenerateSerializer, Alias("pgm.TokenizationShardState")]
public sealed class TokenizationShardState
{
    [Id(0)] public int FormatVersion { get; set; } = 1;

    /// <summary>Null before the first start.</summary>
    [Id(1)] public TokenShardAssignment? Assignment { get; set; }

    [Id(2)] public JobPhase Phase { get; set; }

    /// <summary>The fence: strictly increasing, written before use.</summary>
    [Id(3)] public long Generation { get; set; }

    /// <summary>Workers that died over it in a row.</summary>
    [Id(4)] public int Losses { get; set; }

    [Id(5)] public string? Message { get; set; }

    /// <summary>What the shard tells its job once finished; never changes again.</summary>
    [Id(6)] public TokenShardNews? Result { get; set; }

    /// <summary>Workers on which it failed, once for each time.</summary>
    [Id(7)] public List<string> FaultedOn { get; set; } = [];

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; set; }
}
