using Orleans.CodeGeneration;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Recovery;

/// <summary>
/// The one that wakes jobs that are not at rest: after a start, after the loss of a silo, and now and then. Its key is "jobs".
/// </summary>
[Alias("pgm.IJobSupervisorGrain"), Version(0)]
internal interface IJobSupervisorGrain : IGrainWithStringKey
{
    /// <summary>A silo sees to it that there is a supervisor, wherever it was.</summary>
    /// <param name="isNew">The silo has just come: perhaps it can do what others could not.</param>
    [Alias("Attend")]
    Task Attend(bool isNew);

    /// <summary>A job that is not at rest has left memory, and nobody else knows.</summary>
    [Alias("WakeSoon")]
    Task WakeSoon(JobKind kind, string id);
}
