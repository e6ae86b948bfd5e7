namespace PgmCluster.Grains.Scheduling.Calls;

/// <summary>What the scheduler's calls to workers come to. None throws: what is not taken up comes up again by itself.</summary>
internal interface ICallOutcomes
{
    /// <summary>The worker was busy, or leaves: the work goes back into the queue.</summary>
    Task Refused(string worker, long lease);

    /// <summary>The work was withdrawn before the worker was told of it.</summary>
    Task Unbegun(string worker, long lease);

    /// <summary>Nobody knows whether the worker has begun: only a new generation is safe.</summary>
    Task Unreachable(string worker, long lease);

    /// <summary>An owner knows of what was lost.</summary>
    Task Told();

    /// <summary>The worker does not answer.</summary>
    Task Gone(string worker, string incarnation);
}
