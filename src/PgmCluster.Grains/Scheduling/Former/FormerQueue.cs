using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Grains.Scheduling.Former;

/// <summary>Moves the queue that an older version left into rows.</summary>
internal static class FormerQueue
{
    /// <summary>Moves it once, and clears what it was.</summary>
    /// <param name="former">What the older version left; has no record where there is nothing to move.</param>
    /// <param name="store">The rows.</param>
    /// <returns>How many works and leases were moved; null where there was nothing to move.</returns>
    public static async Task<(int Work, int Leases)?> MoveInto(this IPersistentState<DeviceSchedulerState> former, ISchedulerStore store)
    {
        if (!former.RecordExists) return null;
        var moved = default((int, int)?);
        // Rows that are there were moved before, and the old state could not be cleared.
        if ((await store.Read()).Version == 0)
        {
            var rows = former.State.ToRows();
            await store.Write(rows);
            moved = (rows.Work.Put.Count, rows.Leases.Put.Count);
        }
        await former.ClearStateAsync();
        return moved;
    }
}
