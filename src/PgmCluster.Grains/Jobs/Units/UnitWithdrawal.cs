using PgmCluster.Grains.Calls;
using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Jobs.Units;

/// <summary>Takes units out of the queue, or has their devices stop: many with one change of the queue.</summary>
internal static class UnitWithdrawal
{
    /// <param name="units">The ids of their work; some hundreds, because each question is one message.</param>
    /// <param name="attempt">The job's attempt that is over.</param>
    /// <param name="scheduler">Of the cluster.</param>
    /// <param name="grains">Finds the units.</param>
    /// <param name="logger">Of the job.</param>
    public static async Task Of(List<string> units, int attempt, IDeviceSchedulerGrain scheduler, IGrainFactory grains, ILogger logger)
    {
        if (units.Count == 0) return;
        var known = await scheduler.GetGenerations(units);
        var queued = units.Zip(known, (id, generation) => new WorkGeneration(id, generation)).Where(w => w.Generation > 0).ToList();
        var halted = await ManyCalls.Of(queued, async work =>
        {
            try
            {
                return await grains.GetGrain<IWorkUnitGrain>(work.WorkId).Halt(attempt);
            }
            catch (Exception e)
            {
                // It must not hold up the others. Where it is not there to be told, it hears later that it is not wanted.
                UnitLog.HaltFailed(logger, e, work.WorkId);
                return work.Generation;
            }
        });
        var withdrawn = queued.Zip(halted, (work, generation) => work with { Generation = generation })
            .Where(w => w.Generation > 0).ToList();
        if (withdrawn.Count > 0) await scheduler.Withdraw(withdrawn);
    }
}
