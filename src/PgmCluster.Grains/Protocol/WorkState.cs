namespace PgmCluster.Grains.Protocol;

/// <summary>State of one piece of work on a device.</summary>
public enum WorkState
{
    Running,

    /// <summary>Done; the report carries the result.</summary>
    Completed,

    /// <summary>An error that repeating would meet again.</summary>
    Failed,

    /// <summary>Somebody has to see to it: the numbers went bad (NaN or infinity), or no checkpoint is intact. To be parked.</summary>
    Diverged,

    /// <summary>Stopped because its owner asked for it.</summary>
    Stopped,

    /// <summary>The worker leaves or was lost; the work is to be queued again.</summary>
    Lost,

    /// <summary>An error that may be the device's own; another one may do the work. The report's progress says where it happened.</summary>
    Faulted,
}
