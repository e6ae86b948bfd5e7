using System.Collections.Concurrent;

namespace PgmCluster.Execution.Gangs.Nccl;

/// <summary>
/// The thread that makes a communicator's calls. While it waits for the other ranks' devices, the device's own thread watches whether those
/// ranks still live, and ends the waiting where one does not.
/// </summary>
internal sealed class NcclThread : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly ManualResetEventSlim _idle = new(initialState: true);
    private readonly Thread _thread;

    public NcclThread(string name)
    {
        _thread = new Thread(Loop) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <param name="work">Throws nothing.</param>
    public void Begin(Action work)
    {
        _idle.Reset();
        _work.Add(work);
    }

    public void AwaitIdle() => _idle.Wait();

    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
        _idle.Dispose();
    }

    private void Loop()
    {
        foreach (var work in _work.GetConsumingEnumerable())
        {
            work();
            _idle.Set();
        }
    }
}
