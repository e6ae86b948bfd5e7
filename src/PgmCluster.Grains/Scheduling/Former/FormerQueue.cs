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
        var present = await store.Read();
        // Rows that are there were moved before, and the old state could not be cleared. An older version may have gone on with it since.
        if (present.Version == 0 || former.State.LastLease > present.LastLease)
        {
            var rows = former.State.ToRows().InPlaceOf(present);
            await store.Write(rows);
            moved = (rows.Work.Put.Count, rows.Leases.Put.Count);
        }
        await former.ClearStateAsync();
        return moved;
    }
}
