using PgmCluster.Contracts.Errors;
using PgmCluster.Grains.Calls;
using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Jobs.Units;

/// <summary>Deletes the records of a job's units once no device is at any of them.</summary>
internal static class UnitDeletion
{
    /// <summary>As many are asked about with one message.</summary>
    private const int AtOnce = 500;

    /// <param name="all">The ids of the work of all units.</param>
    /// <param name="open">Of those without a result.</param>
    /// <param name="scheduler">Of the cluster.</param>
    /// <param name="grains">Finds the units.</param>
    /// <exception cref="InvalidRequestException">A device has not ended a unit yet; nothing was deleted. Says why it stays.</exception>
    public static async Task Of(IReadOnlyList<string> all, IEnumerable<string> open, IDeviceSchedulerGrain scheduler, IGrainFactory grains)
    {
        foreach (var some in open.Chunk(AtOnce))
        {
            if ((await scheduler.GetGenerations(some)).Any(generation => generation > 0))
                throw new InvalidRequestException($"{DeletedJobs.StillWorkedFor}.");
        }
        await ManyCalls.Of(all, id => grains.GetGrain<IWorkUnitGrain>(id).Delete());
    }
}
