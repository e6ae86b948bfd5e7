namespace PgmCluster.Grains.Scheduling;

/// <summary>
/// What the scheduler tells itself after a call to a worker: the call is not awaited in a turn, so that a worker that does not answer
/// holds up nobody else. A worker that was told by an answer says itself that it cannot.
/// </summary>
[Alias("pgm.ISchedulerNews")]
internal interface ISchedulerNews : IGrainWithStringKey
{
    /// <summary>The worker was busy, or leaves: the work goes back into the queue.</summary>
    [Alias("Refused")]
    Task Refused(string worker, long lease);

    /// <summary>The work was withdrawn before the worker was told of it.</summary>
    [Alias("Unbegun")]
    Task Unbegun(string worker, long lease);

    /// <summary>Nobody knows whether the worker has begun: only a new generation is safe.</summary>
    [Alias("Unreachable")]
    Task Unreachable(string worker, long lease);

    /// <summary>The worker does not answer.</summary>
    [Alias("Gone")]
    Task Gone(string worker, string incarnation);

    /// <summary>Devices have announced themselves.</summary>
    [Alias("Announced")]
    Task Announced();
}
