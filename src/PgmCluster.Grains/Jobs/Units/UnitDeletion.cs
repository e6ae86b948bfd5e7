using PgmCluster.Grains.Calls;
using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Jobs.Units;

/// <summary>Deletes the records of a job's units once no device is at any of them.</summary>
internal static class UnitDeletion
{
    /// <summary>As many are asked about with one message.</summary>
    private const int AtOnce = 500;

    /// <summary>Whether a device has not ended a unit yet: they have to stay.</summary>
    /// <param name="open">The ids of the work of those without a result.</param>
    /// <param name="scheduler">Of the cluster.</param>
    public static async Task<bool> MustWait(IEnumerable<string> open, IDeviceSchedulerGrain scheduler)
    {
        foreach (var some in open.Chunk(AtOnce))
        {
            if ((await scheduler.GetGenerations(some)).Any(generation => generation > 0)) return true;
        }
        return false;
    }

    /// <param name="all">The ids of the work of all units.</param>
    /// <param name="grains">Finds the units.</param>
    public static Task Of(IReadOnlyList<string> all, IGrainFactory grains) =>
        ManyCalls.Of(all, id => grains.GetGrain<IWorkUnitGrain>(id).Delete());
}
