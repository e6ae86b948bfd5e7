using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace PgmCluster.TestSupport.Processes;

/// <summary>
/// The one thread that starts child processes. "Dies with the parent" means the thread that started it: a thread of the pool would take
/// its children along whenever the pool shrinks.
/// </summary>
internal static class ChildStarter
{
    private static readonly BlockingCollection<Action> Requests = new();

    static ChildStarter() => new Thread(() =>
    {
        foreach (var request in Requests.GetConsumingEnumerable()) request();
    })
    { IsBackground = true, Name = "pgm-child-starter" }.Start();

    /// <summary>Runs <paramref name="start"/> there and waits for it.</summary>
    public static void Run(Action start)
    {
        using var done = new ManualResetEventSlim();
        ExceptionDispatchInfo? failure = null;
        Requests.Add(() =>
        {
            try
            {
                start();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
            done.Set();
        });
        done.Wait();
        failure?.Throw();
    }
}
