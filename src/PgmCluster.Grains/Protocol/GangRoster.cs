namespace PgmCluster.Grains.Protocol;

/// <summary>One generation of a gang.</summary>
[GenerateSerializer, Immutable, Alias("pgm.GangRoster")]
public sealed record GangRoster
{
    /// <summary>Strictly increasing over the run's life, stored before it is told to anybody.</summary>
    [Id(0)] public required long Generation { get; init; }

    /// <summary>Known to the members only; they prove it to each other before anything is exchanged.</summary>
    [Id(1)] public required byte[] Secret { get; init; }

    /// <summary>By rank.</summary>
    [Id(2)] public required IReadOnlyList<GangMember> Members { get; init; }

    /// <summary>Where it starts: the highest step that a member holds; -1 where none holds any, and the newest checkpoint counts.</summary>
    [Id(3)] public required long Step { get; init; }

    /// <summary>What the owner knows and the assignment may not, as JSON: for a training run the newest checkpoints.</summary>
    [Id(4)] public string? Document { get; init; }

    /// <summary>No member held a state when it formed, and no checkpoint was recorded: the run begins with it.</summary>
    [Id(5)] public bool Begins { get; init; }
}

/// <summary>A member of a gang.</summary>
/// <param name="Worker">Key of its worker.</param>
/// <param name="Address">Where its data plane listens.</param>
/// <param name="Step">Steps done in the state that it brings; -1 for none.</param>
[GenerateSerializer, Immutable, Alias("pgm.GangMember")]
public sealed record GangMember([property: Id(0)] string Worker, [property: Id(1)] string Address, [property: Id(2)] long Step)
{
    /// <inheritdoc cref="GangArrival.Protocol"/>
    [Id(3)] public int Protocol { get; init; }
}
