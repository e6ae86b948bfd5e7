namespace PgmCluster.Grains.Protocol;

/// <summary>State of one piece of work on a device.</summary>
public enum WorkState
{
    Running = 0,

    /// <summary>Done; the report carries the result.</summary>
    Completed = 1,

    /// <summary>An error that repeating would meet again.</summary>
    Failed = 2,

    /// <summary>Somebody has to see to it: the numbers went bad (NaN or infinity), or no checkpoint is intact. To be parked.</summary>
    Diverged = 3,

    /// <summary>Stopped because its owner asked for it.</summary>
    Stopped = 4,

    /// <summary>The worker leaves or was lost; the work is to be queued again.</summary>
    Lost = 5,

    /// <summary>An error that may be the device's own; another one may do the work. The report's progress says where it happened.</summary>
    Faulted = 6,
}
