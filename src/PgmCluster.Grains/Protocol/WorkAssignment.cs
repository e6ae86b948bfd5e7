using PgmCluster.Contracts.Devices;

namespace PgmCluster.Grains.Protocol;

/// <summary>One piece of work for one device, or for a gang of them.</summary>
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

    /// <summary>Devices without which the work does not start: a gang gets them all at once or none.</summary>
    [Id(5)] public int MinWorkers { get; init; } = 1;

    /// <summary>Devices that it can use. Above 1 the work is a gang: it goes on when it loses or gains a member.</summary>
    [Id(6)] public int MaxWorkers { get; init; } = 1;

    /// <summary>Higher goes first, and may take devices from lower. 0 unless asked otherwise.</summary>
    [Id(7)] public int Priority { get; init; }

    /// <summary>For whom it is done; devices are shared fairly between users.</summary>
    [Id(8)] public string User { get; init; } = "";

    /// <summary>The numerics fingerprint that a device must have (<see cref="DeviceInfo.Numerics"/>); null for any.</summary>
    [Id(9)] public string? Numerics { get; init; }

    /// <summary>Number of the lease by which the device has it: a member that left a gang can be given to it again.</summary>
    [Id(10)] public long Lease { get; init; }

    /// <summary>
    /// It gets no device before those have ended that still have an older generation of it: both would write the same files. Of work of one
    /// device only.
    /// </summary>
    [Id(11)] public bool AfterOlder { get; init; }

    /// <summary>The one piece of work of a job.</summary>
    /// <param name="jobId">Of the job.</param>
    /// <param name="generation">Its fence.</param>
    /// <param name="work">Kind and document.</param>
    /// <param name="owner">The job.</param>
    /// <param name="workers">Devices that it must have and can use.</param>
    /// <param name="scheduling">How it is queued; null for as usual.</param>
    /// <param name="numerics">The fingerprint that its devices must have; null for any.</param>
    internal static WorkAssignment Of(
        string jobId, long generation, (string Kind, string Document) work, IWorkOwner owner, (int Min, int Max) workers,
        Contracts.Jobs.Scheduling? scheduling, string? numerics) => new()
        {
            WorkId = jobId,
            Generation = generation,
            Kind = work.Kind,
            Document = work.Document,
            Owner = owner,
            MinWorkers = workers.Min,
            MaxWorkers = workers.Max,
            Priority = scheduling?.Priority ?? 0,
            User = scheduling?.User ?? "",
            Numerics = numerics,
        };
}
