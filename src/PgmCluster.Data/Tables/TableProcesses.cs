namespace PgmCluster.Data.Tables;

/// <summary>
/// Processes that read tables: one that has read a file without trouble is kept for a minute, since the next file often follows. All
/// members may be used from several threads at once.
/// </summary>
internal static class TableProcesses
{
    private static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(1);
    private static readonly object s_gate = new();
    private static TableProcess? s_idle;
    private static Timer? s_end;

    /// <summary>One for a file; it is to be given back.</summary>
    public static TableProcess Take()
    {
        lock (s_gate)
        {
            if (s_idle is { } idle)
            {
                s_idle = null;
                return idle;
            }
        }
        return TableProcess.Start();
    }

    /// <summary>Gives one back: kept where it is well, else ended.</summary>
    public static async ValueTask GiveBackAsync(TableProcess process)
    {
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
