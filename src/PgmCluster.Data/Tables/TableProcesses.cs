namespace PgmCluster.Data.Tables;

/// <summary>
/// Processes that read tables: one that has read a file without trouble is kept for a minute, since the next file often follows. All
/// members may be used from several threads at once.
/// </summary>
internal static class TableProcesses
{
    /// <summary>At work at once, however many threads read pictures: each may take an eighth of the memory.</summary>
    public const int AtOnce = 2;

    private static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(1);
    private static readonly SemaphoreSlim s_places = new(AtOnce);
    private static readonly object s_gate = new();
    private static TableProcess? s_idle;
    private static Timer? s_end;

    /// <summary>One for a file, as soon as fewer than <see cref="AtOnce"/> are at work; it is to be given back.</summary>
    public static async Task<TableProcess> TakeAsync(CancellationToken cancellation)
    {
        await s_places.WaitAsync(cancellation);
        try
        {
            TableProcess? idle;
            lock (s_gate) (idle, s_idle) = (s_idle, null);
            if (idle is null) return TableProcess.Start();
            if (idle.IsIdle) return idle;
            await idle.DisposeAsync();
            return TableProcess.Start();
        }
        catch
        {
            s_places.Release();
            throw;
        }
    }

    /// <summary>Gives one back: kept where it is well, else ended.</summary>
    public static async ValueTask GiveBackAsync(TableProcess process)
    {
        s_places.Release();
        var surplus = process;
        lock (s_gate)
        {
            if (process.IsIdle)
            {
                (surplus, s_idle) = (s_idle, process);
                s_end ??= new Timer(_ => End());
                s_end.Change(KeptFor, Timeout.InfiniteTimeSpan);
            }
        }
        if (surplus is not null) await surplus.DisposeAsync();
    }

    private static void End()
    {
        TableProcess? idle;
        lock (s_gate) (idle, s_idle) = (s_idle, null);
        idle?.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
