using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Grains.Jobs.Units;

/// <summary>What a unit of work has to compute: a pure function of this record and of the files it names.</summary>
[GenerateSerializer, Immutable, Alias("pgm.UnitAssignment")]
public sealed record UnitAssignment
{
    /// <summary>The job's grain id as text.</summary>
    [Id(0)] public required string Job { get; init; }

    /// <summary>The unit's index in the job.</summary>
    [Id(1)] public required int Index { get; init; }

    /// <summary>Which work item the document describes.</summary>
    [Id(2)] public required string Kind { get; init; }

    /// <summary>The work item as JSON; empty once it is done.</summary>
    [Id(3)] public required string Document { get; init; }

    /// <summary>The job's attempt: a unit that failed or was cancelled is tried again only for a later one.</summary>
    [Id(4)] public int Attempt { get; init; } = 1;

    /// <summary>The unit's generations are above it: those up to it may have been in use.</summary>
    [Id(5)] public long Fence { get; init; }

    /// <summary>Higher goes first, and may take devices from lower.</summary>
    [Id(6)] public int Priority { get; init; }

    /// <summary>For whom it is done.</summary>
    [Id(7)] public string User { get; init; } = "";

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }

    /// <param name="job">Hears of it.</param>
    /// <param name="unit">Whose work it is.</param>
    /// <param name="work">The work item.</param>
    /// <param name="attempt">The job's.</param>
    /// <param name="fence"><see cref="Fence"/>.</param>
    /// <param name="scheduling">What was asked for with the job; null for nothing.</param>
    public static UnitAssignment Of(
        GrainId job, WorkUnit unit, (string Kind, string Document) work, int attempt, long fence, Contracts.Jobs.Scheduling? scheduling) =>
        new()
        {
            Job = job.ToString(),
            Index = unit.Index,
            Kind = work.Kind,
            Document = work.Document,
            Attempt = attempt,
            Fence = fence,
            Priority = scheduling?.Priority ?? 0,
            User = scheduling?.User ?? "",
        };
}
