using PgmCluster.Grains.Jobs.Units;

namespace PgmCluster.Grains.Jobs;

/// <summary>
/// State of a job that is made of units. What the units have come to stays with them: with any number of units it is a few lines, and a bit
/// for each.
/// </summary>
/// <typeparam name="TRequest">What the job was asked for.</typeparam>
[GenerateSerializer, Alias("pgm.WorkJobState`1")]
public abstract class WorkJobState<TRequest> : JobState<TRequest> where TRequest : class
{
    /// <summary>What versions without units stored of the job's parts; handed over to units when the job is next activated.</summary>
    [Id(0)] public List<WorkPart> Parts { get; set; } = [];

    /// <summary>The units; empty in states of versions without.</summary>
    [Id(1)] public List<UnitRun> Units { get; set; } = [];

    /// <summary>
    /// Bit i of byte i/8 is set where unit i is done. May lag behind for a second: a unit that is started although it is done says so.
    /// </summary>
    [Id(2)] public byte[] Done { get; set; } = [];
}
