using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Grains.Jobs;

/// <summary>One piece of a job that one device does.</summary>
[GenerateSerializer]
public sealed class WorkPart
{
    /// <summary>What stands behind the job's id in the work's id; empty where the job is one piece.</summary>
    [Id(0)] public string Name { get; set; } = "";

    /// <summary>The part's fence, drawn from the job's counter; 0 before it is first submitted.</summary>
    [Id(1)] public long Generation { get; set; }

    /// <summary>Images in it; 0 where they are not what is counted.</summary>
    [Id(2)] public int Images { get; set; }

    /// <summary>True for the part that waits for all others.</summary>
    [Id(3)] public bool Last { get; set; }

    /// <summary>The result as the device gave it; null until done. A part with a result is never redone.</summary>
    [Id(4)] public string? Result { get; set; }

    /// <summary>Workers that died over it in a row, none getting further than the one before.</summary>
    [Id(5)] public int Losses { get; set; }

    /// <summary>How far it had got at the last loss.</summary>
    [Id(6)] public long LossMark { get; set; }

    /// <summary>Was told to stop and may still be writing: it gets no new generation before it has ended.</summary>
    [Id(7)] public bool Stopping { get; set; }

    /// <summary>Workers on which it failed, once for each time, none getting further than the one before.</summary>
    [Id(8)] public List<string> FaultedOn { get; set; } = [];

    /// <summary>How far it had got when it failed.</summary>
    [Id(9)] public long FaultMark { get; set; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; set; }

    /// <summary>A worker died over it.</summary>
    /// <param name="reached">How far it had got.</param>
    public void CountDeath(long reached)
    {
        Losses = reached > LossMark ? 1 : Losses + 1;
        LossMark = Math.Max(reached, LossMark);
    }

    /// <summary>It failed on a worker.</summary>
    /// <param name="reached">How far it had got.</param>
    /// <param name="worker">Whose device it was.</param>
    public void CountFault(long reached, string worker)
    {
        FaultedOn = reached > FaultMark ? [worker] : [.. FaultedOn, worker];
        FaultMark = Math.Max(reached, FaultMark);
    }
}
