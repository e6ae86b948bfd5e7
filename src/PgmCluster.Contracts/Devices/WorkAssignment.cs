namespace PgmCluster.Contracts.Devices;

/// <summary>One piece of work for one device.</summary>
[GenerateSerializer, Immutable, Alias("pgm.WorkAssignment")]
public sealed record WorkAssignment
{
    /// <summary>Unique among live work: the job's id, with the part's name behind a slash.</summary>
    [Id(0)] public required string WorkId { get; init; }

    /// <summary>The owner's fence; work of an older generation is stopped when a newer one arrives.</summary>
    [Id(1)] public required long Generation { get; init; }

    /// <summary>Which work item the document describes.</summary>
    [Id(2)] public required string Kind { get; init; }

    /// <summary>The work item as JSON.</summary>
    [Id(3)] public required string Document { get; init; }

    /// <summary>Who is told.</summary>
    [Id(4)] public required IWorkOwner Owner { get; init; }
}
