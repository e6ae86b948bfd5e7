namespace PgmCluster.Data.Images;

/// <summary>
/// Memory for pictures that are being decoded, shared by the threads that do it: who asks waits until there is room. All members may be
/// used from several threads at once.
/// </summary>
/// <param name="budget">Bytes in all; what is larger by itself is let in alone.</param>
/// <param name="pictureBytes">
/// Bytes that one picture may have at most. What becomes of a larger one depends on this number, so it is the same on every machine.
/// </param>
public sealed class DecodeMemory(long budget, long pictureBytes = DecodeMemory.DefaultPictureBytes)
{
    /// <summary>256 MiB: 67,108,864 pixels of 4 bytes, such as 8,192 x 8,192.</summary>
    public const long DefaultPictureBytes = 256L << 20;

    private readonly object _gate = new();
    private long _taken;

    /// <summary>Without a bound over all of them.</summary>
    public static DecodeMemory Unbounded { get; } = new(long.MaxValue);

    /// <summary>Bytes that one picture may have at most.</summary>
    public long PictureBytes { get; } = pictureBytes;

    /// <summary>The most bytes that were taken at once.</summary>
    public long Peak { get; private set; }

    /// <summary>Waits for room. It is given back by disposing.</summary>
    public IDisposable Take(long bytes)
    {
        lock (_gate)
        {
            while (_taken > 0 && _taken + bytes > budget) Monitor.Wait(_gate);
            _taken += bytes;
            Peak = Math.Max(Peak, _taken);
        }
        return new Room(this, bytes);
    }

    private sealed class Room(DecodeMemory memory, long bytes) : IDisposable
    {
        private int _isGiven;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isGiven, 1) == 1) return;
            lock (memory._gate)
            {
                memory._taken -= bytes;
                Monitor.PulseAll(memory._gate);
            }
        }
    }
}
