using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace PgmCluster.Execution.Inputs;

/// <summary>
/// Fills the inputs of micro-batches on threads of the CPU before they are asked for. Who fills them, and when, changes nothing in them.
/// What nobody has begun when it is asked for is filled by whoever asks, so that nobody ever waits for a thread that has other things to
/// do.
/// </summary>
internal sealed class InputsAhead : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(long Step, int Leaf), Entry> _entries = [];
    private readonly BlockingCollection<Entry> _asked = [];
    private readonly Thread[] _threads;
    private readonly long _limit;
    private long _bytes;

    /// <param name="threads">How many; they inherit the priority of the caller.</param>
    /// <param name="limit">Bytes that inputs which nobody has taken yet may have.</param>
    /// <param name="name">Of the threads.</param>
    public InputsAhead(int threads, long limit, string name)
    {
        _limit = limit;
        _threads = [.. Enumerable.Range(0, threads).Select(i => new Thread(Loop) { IsBackground = true, Name = $"{name}-{i}" })];
        foreach (var thread in _threads) thread.Start();
    }

    /// <summary>Has inputs filled, unless they are asked for already or there is no room.</summary>
    /// <param name="step">Of the step.</param>
    /// <param name="leaf">Of the micro-batch.</param>
    /// <param name="make">Makes them, here and now.</param>
    /// <param name="fill">Fills them, on some thread.</param>
    public void Ask(long step, int leaf, Func<BatchInputs> make, Action<BatchInputs> fill)
    {
        Entry entry;
        lock (_gate)
        {
            if (_bytes >= _limit || _entries.ContainsKey((step, leaf))) return;
            entry = new Entry(make(), fill);
            _entries[(step, leaf)] = entry;
            _bytes += entry.Inputs.Bytes;
        }
        _asked.Add(entry);
    }

    /// <summary>The filled inputs, which are the caller's from now on.</summary>
    /// <exception cref="Exception">What the filling failed with.</exception>
    public BatchInputs Take(long step, int leaf, Func<BatchInputs> make, Action<BatchInputs> fill)
    {
        Entry? entry;
        lock (_gate)
        {
            if (_entries.Remove((step, leaf), out entry)) _bytes -= entry.Inputs.Bytes;
        }
        entry ??= new Entry(make(), fill);
        if (!entry.TryFill()) entry.Filled.Wait();
        if (entry.Failure is not { } failure) return entry.Inputs;
        entry.Inputs.Dispose();
        failure.Throw();
        throw failure.SourceException;
    }

    /// <summary>Gives up what is of no use any more.</summary>
    /// <param name="isWanted">Told step and micro-batch.</param>
    public void Keep(Func<long, int, bool> isWanted)
    {
        Entry[] dropped;
        lock (_gate)
        {
            var keys = _entries.Keys.Where(k => !isWanted(k.Step, k.Leaf)).ToArray();
            dropped = [.. keys.Select(k => _entries[k])];
            foreach (var key in keys) _entries.Remove(key);
            _bytes -= dropped.Sum(e => e.Inputs.Bytes);
        }
        foreach (var entry in dropped) entry.GiveUp();
    }

    /// <summary>Waits for what is being filled; the data may be closed afterwards.</summary>
    public void Dispose()
    {
        _asked.CompleteAdding();
        Keep((_, _) => false);
        foreach (var thread in _threads) thread.Join();
        _asked.Dispose();
    }

    private void Loop()
    {
        foreach (var entry in _asked.GetConsumingEnumerable()) entry.TryFill();
    }

    private sealed class Entry(BatchInputs inputs, Action<BatchInputs> fill)
    {
        private int _isBegun;

        public BatchInputs Inputs { get; } = inputs;

        public ManualResetEventSlim Filled { get; } = new();

        public ExceptionDispatchInfo? Failure { get; private set; }

        /// <summary>Fills the inputs where nobody has begun to.</summary>
        public bool TryFill()
        {
            if (Interlocked.Exchange(ref _isBegun, 1) == 1) return false;
            try
            {
                fill(Inputs);
            }
            catch (Exception e)
            {
                Failure = ExceptionDispatchInfo.Capture(e);
            }
            finally
            {
                Filled.Set();
            }
            return true;
        }

        public void GiveUp()
        {
            if (Interlocked.Exchange(ref _isBegun, 1) == 1) Filled.Wait();
            Inputs.Dispose();
        }
    }
}
