using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace PgmCluster.Execution.Work;

/// <summary>
/// Encodes and writes what a device has given, so that the device's thread has not to: on a thread of its own, one thing after the other
/// in the order in which they were given. After a failure nothing more is done; whoever gives the next thing, or waits for the end, gets
/// it.
/// </summary>
internal sealed class FileThread : IDisposable
{
    private readonly BlockingCollection<(Action Work, TaskCompletionSource Done)> _given;
    private readonly Thread _thread;
    private volatile ExceptionDispatchInfo? _failure;
    private volatile bool _isGivenUp;

    /// <param name="name">Of the thread.</param>
    /// <param name="capacity">So many things may wait beside the one that is done; who gives more waits with them.</param>
    public FileThread(string name, int capacity)
    {
        _given = new BlockingCollection<(Action, TaskCompletionSource)>(capacity);
        _thread = new Thread(Loop) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>What is not begun is left out.</summary>
    internal bool IsGivenUp => _isGivenUp;

    /// <summary>Has something done after all that was given before. By any thread, but not after <see cref="Finish"/>.</summary>
    /// <returns>Ends with the work; is cancelled where it is not done any more.</returns>
    /// <exception cref="Exception">What something that was given before failed with.</exception>
    public Task Do(Action work)
    {
        _failure?.Throw();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _given.Add((work, done));
        return done.Task;
    }

    /// <summary>Waits until all is done.</summary>
    /// <exception cref="Exception">What something that was given failed with.</exception>
    public void Finish()
    {
        _given.CompleteAdding();
        _thread.Join();
        _failure?.Throw();
    }

    /// <summary>Waits for what is being done, and leaves out what is not begun.</summary>
    public void Dispose()
    {
        _isGivenUp = true;
        _given.CompleteAdding();
        _thread.Join();
        _given.Dispose();
    }

    private void Loop()
    {
        foreach (var (work, done) in _given.GetConsumingEnumerable())
        {
            if (_isGivenUp || _failure is not null)
            {
                done.SetCanceled();
                continue;
            }
            try
            {
                work();
                done.SetResult();
            }
            catch (Exception e)
            {
                _failure = ExceptionDispatchInfo.Capture(e);
                done.SetException(e);
            }
        }
    }
}
