using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Scheduling.Calls;

/// <summary>A device that has told the scheduler that it is free, and is told by the answer what it is given next.</summary>
internal sealed class AskingDevice
{
    /// <summary>Null for nothing, or where it is told otherwise.</summary>
    public WorkAssignment? Answer { get; set; }
}
