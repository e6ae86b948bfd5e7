namespace PgmCluster.Contracts.Jobs;

/// <summary>
/// Where a job stands. Legal transitions:
/// <code>
/// Queued    -> Running | Paused | Cancelled | Failed
/// Running   -> Queued (its worker was lost or left) | Paused | Completed | Failed | Cancelled | Parked
/// Paused    -> Queued | Cancelled
/// Failed    -> Queued (started again by the user)
/// Cancelled -> Queued (started again by the user)
/// Parked    -> Queued (released by the user) | Cancelled
/// Completed is final.
/// </code>
/// </summary>
/// <remarks>Stored by number: a number keeps its meaning.</remarks>
public enum JobPhase
{
    /// <summary>Waiting for a device.</summary>
    Queued = 0,

    /// <summary>At least one device works on it.</summary>
    Running = 1,

    /// <summary>Held back by the user; resumes where it was.</summary>
    Paused = 2,

    /// <summary>Finished; the result is recorded.</summary>
    Completed = 3,

    /// <summary>Stopped by an error that repeating would meet again.</summary>
    Failed = 4,

    /// <summary>Stopped by the user.</summary>
    Cancelled = 5,

    /// <summary>Held back by the system (numbers went bad, or workers kept dying on it) until the user decides.</summary>
    Parked = 6,
}
