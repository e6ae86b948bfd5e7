using Orleans.CodeGeneration;

namespace PgmCluster.Grains.Jobs.Units;

/// <summary>
/// One unit of a job's work: its fence, attempts, losses and result, exactly once. The key is the work's id, "jobId/name". It is told what
/// to do by its job, and tells it what comes of it.
/// </summary>
[Alias("pgm.IWorkUnitGrain"), Version(0)]
internal interface IWorkUnitGrain : IGrainWithStringKey
{
    /// <summary>Records what is to be done; a finished unit answers with its result at once.</summary>
    /// <param name="assignment">By the job.</param>
    /// <param name="known">The generation under which the scheduler knows the work; 0 where it does not.</param>
    [Alias("Start")]
    Task<UnitStart> Start(UnitAssignment assignment, long known);

    /// <summary>Takes the unit out of the queue or stops its device. One that is finished meanwhile is finished.</summary>
    /// <param name="attempt">The job's attempt that is over.</param>
    [Alias("Cancel")]
    Task Cancel(int attempt);

    /// <summary>The same where the job itself takes it out of the queue, together with others.</summary>
    /// <param name="attempt">The job's attempt that is over.</param>
    /// <returns>The generation to withdraw; 0 where there is none.</returns>
    [Alias("Halt")]
    Task<long> Halt(int attempt);

    /// <summary>The job cannot use the result: the unit has failed.</summary>
    [Alias("Refuse")]
    Task Refuse(string message);

    /// <summary>The result's document; null where it has none.</summary>
    [Alias("GetResult")]
    Task<string?> GetResult();

    /// <summary>Clears the record: the job is deleted.</summary>
    [Alias("Delete")]
    Task Delete();

    /// <summary>Takes over what a version without units knew of the work; nothing where it has a record of its own.</summary>
    [Alias("TakeOver")]
    Task TakeOver(WorkRecord former);
}
