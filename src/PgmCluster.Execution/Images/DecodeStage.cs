using PgmCluster.Data.Images;

namespace PgmCluster.Execution.Images;

/// <summary>
/// Decodes, resizes and cuts pictures on threads of the CPU's while the device computes: in the order in which they were asked for, and no
/// more ahead of those who take them than there is memory for. Who decodes a picture, and when, changes nothing in it. A picture that
/// cannot be decoded is a value like any other: whoever takes it decides what becomes of it.
/// </summary>
internal sealed class DecodeStage : IDisposable
{
    private readonly object _gate = new();
    private readonly LinkedList<DecodeRun> _runs = [];
    private readonly Func<int, RgbImage> _decode;
    private readonly Func<int, RgbImage?> _kept;
    private readonly int _room, _count;
    private readonly string _name;
    private Thread[] _threads = [];
    private int _waiting;
    private bool _isEnded;

    /// <param name="decode">Prepares a picture; called on the stage's threads.</param>
    /// <param name="kept">A picture that is there already, or null.</param>
    /// <param name="threads">How many; they start with the first picture that has to be decoded.</param>
    /// <param name="room">Pictures that may be decoded or in work before they are taken; at least one for each thread.</param>
    /// <param name="name">Of the threads.</param>
    public DecodeStage(Func<int, RgbImage> decode, Func<int, RgbImage?> kept, int threads, int room, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        (_decode, _kept, _count, _room, _name) = (decode, kept, threads, Math.Max(room, threads), name);
    }

    /// <summary>The most pictures that were decoded or in work at once before they were taken.</summary>
    public int MostWaiting { get; private set; }

    /// <summary>Asks for pictures. Whoever asks takes them, or gives them up: what is asked for later may have to wait for that.</summary>
    public DecodeRun Begin(ReadOnlySpan<int> indices)
    {
        var slots = new DecodeRun.Slot[indices.Length];
        for (var i = 0; i < slots.Length; i++)
        {
            slots[i] = new DecodeRun.Slot(indices[i]);
            if (_kept(indices[i]) is { } image) slots[i].Picture = new DecodedPicture(indices[i], image, null);
        }
        var run = new DecodeRun(this, slots);
        if (run.IsBegun) return run;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isEnded, this);
            if (_threads.Length == 0) Start();
            _runs.AddLast(run);
            Monitor.PulseAll(_gate);
        }
        return run;
    }

    /// <summary>Of <see cref="DecodeRun.Next"/>.</summary>
    internal DecodedPicture Take(DecodeRun run)
    {
        if (run.Taken == run.Slots.Length) throw new InvalidOperationException("All pictures of the run were taken.");
        var slot = run.Slots[run.Taken++];
        lock (_gate)
        {
            while (slot.Picture is null)
            {
                ObjectDisposedException.ThrowIf(_isEnded, this);
                Monitor.Wait(_gate);
            }
            var picture = slot.Picture.Value;
            Clear(slot);
            return picture;
        }
    }

    /// <summary>Of <see cref="DecodeRun.Dispose"/>.</summary>
    internal void GiveUp(DecodeRun run)
    {
        lock (_gate)
        {
            run.IsGivenUp = true;
            _runs.Remove(run);
            foreach (var slot in run.Slots.AsSpan(run.Taken)) if (slot.Picture is not null) Clear(slot);
        }
    }

    /// <summary>Waits for what is being decoded; the data may be closed afterwards.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isEnded = true;
            Monitor.PulseAll(_gate);
        }
        foreach (var thread in _threads) thread.Join();
    }

    private void Start()
    {
        _threads = [.. Enumerable.Range(0, _count).Select(i => new Thread(Work) { IsBackground = true, Name = $"{_name}-{i}" })];
        foreach (var thread in _threads) thread.Start();
    }

    private void Clear(DecodeRun.Slot slot)
    {
        slot.Picture = null;
        if (!slot.IsCounted) return;
        slot.IsCounted = false;
        _waiting--;
        Monitor.PulseAll(_gate);
    }

    private void Work()
    {
        while (BeginNext() is var (run, slot))
        {
            var picture = Decode(slot.Index);
            lock (_gate)
            {
                slot.Picture = picture;
                if (run.IsGivenUp) Clear(slot);
                Monitor.PulseAll(_gate);
            }
        }
    }

    private (DecodeRun Run, DecodeRun.Slot Slot)? BeginNext()
    {
        lock (_gate)
        {
            while (!_isEnded && (_runs.First is null || _waiting >= _room)) Monitor.Wait(_gate);
            if (_isEnded) return null;
            var run = _runs.First!.Value;
            var slot = run.BeginNext();
            if (run.IsBegun) _runs.RemoveFirst();
            slot.IsCounted = true;
            MostWaiting = Math.Max(MostWaiting, ++_waiting);
            return (run, slot);
        }
    }

    private DecodedPicture Decode(int index)
    {
        try
        {
            return new DecodedPicture(index, _decode(index), null);
        }
        catch (Exception e)
        {
            return new DecodedPicture(index, null, e);
        }
    }
}
