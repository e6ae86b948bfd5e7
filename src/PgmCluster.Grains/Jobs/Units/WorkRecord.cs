using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Grains.Jobs.Units;

/// <summary>The fence, the troubles and the result of one piece of work.</summary>
[GenerateSerializer, Alias("pgm.WorkRecord")]
public class WorkRecord
{
    /// <summary>The fence: strictly increasing, written before use; 0 before it is first submitted.</summary>
    [Id(0)] public long Generation { get; set; }

    /// <summary>The result as the device gave it; null until done. Work with a result is never redone.</summary>
    [Id(1)] public string? Result { get; set; }

    /// <summary>Workers that died over it in a row, none getting further than the one before.</summary>
    [Id(2)] public int Losses { get; set; }

    /// <summary>How far it had got at the last loss.</summary>
    [Id(3)] public long LossMark { get; set; }

    /// <summary>Workers on which it failed, once for each time, none getting further than the one before.</summary>
    [Id(4)] public List<string> FaultedOn { get; set; } = [];

    /// <summary>How far it had got when it failed.</summary>
    [Id(5)] public long FaultMark { get; set; }

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

    /// <summary>Somebody has decided that it is tried again.</summary>
    public void Forgive()
    {
        Losses = 0;
        FaultedOn = [];
    }
}
