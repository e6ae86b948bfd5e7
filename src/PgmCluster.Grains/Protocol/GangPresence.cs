namespace PgmCluster.Grains.Protocol;

/// <summary>What a member at work says of itself now and then.</summary>
[GenerateSerializer, Immutable, Alias("pgm.GangPresence")]
public sealed record GangPresence
{
    [Id(0)] public required string WorkId { get; init; }

    /// <summary>Generation of the assignment.</summary>
    [Id(1)] public required long Generation { get; init; }

    [Id(2)] public required string Worker { get; init; }

    /// <summary>Generation of the gang that it is in.</summary>
    [Id(3)] public required long GangGeneration { get; init; }
}
