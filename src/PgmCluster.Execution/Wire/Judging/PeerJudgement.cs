namespace PgmCluster.Execution.Wire.Judging;

/// <summary>
/// Which peers of a generation still count: those that are connected, heard of, and get on. Judged is only by time in which this process
/// looked: one that was stopped, or got no processor, finds the peers' words unread and would take everybody for silent. What a peer's
/// words change stands apart for each, and may be told on any thread; all else is the device's thread's.
/// </summary>
/// <param name="options">The limits.</param>
/// <param name="patience">How long each peer's silence is borne, by rank.</param>
/// <param name="time">By whose timestamps all is measured.</param>
internal sealed class PeerJudgement(GangOptions options, IReadOnlyList<PeerPatience> patience, TimeProvider time)
{
    /// <summary>So many steps' times say what is usual.</summary>
    private const int StepsKept = 50;

    private readonly bool[] _closed = new bool[patience.Count];

    /// <summary>Since when each peer says that its device computes, as a timestamp; 0 while it waits.</summary>
    private readonly long[] _computingSince = new long[patience.Count];
    private readonly List<double> _stepSeconds = [];

    /// <summary>Longer than a wait ever goes without looking, where it gets a processor.</summary>
    private readonly TimeSpan _stoodStill = options.LeastPeerTimeout / 2 > TimeSpan.FromSeconds(1)
        ? options.LeastPeerTimeout / 2
        : TimeSpan.FromSeconds(1);
    private long _watching = time.GetTimestamp();
    private long _looked = time.GetTimestamp();

    /// <summary>Whether any peer's device is at work instead of waiting.</summary>
    public bool IsAnyComputing => Enumerable.Range(0, patience.Count).Any(r => ComputingSince(r) != 0);

    /// <summary>How long a device may take for one thing before it is taken for hung.</summary>
    public TimeSpan HungAfter
    {
        get
        {
            var median = _stepSeconds.Count == 0 ? 0 : _stepSeconds.Order().ElementAt(_stepSeconds.Count / 2);
            return TimeSpan.FromSeconds(Math.Max(options.HungFloor.TotalSeconds, options.HungFactor * median));
        }
    }

    /// <summary>How long a step took here.</summary>
    public void StepTook(TimeSpan duration)
    {
        _stepSeconds.Add(duration.TotalSeconds);
        if (_stepSeconds.Count > StepsKept) _stepSeconds.RemoveAt(0);
    }

    /// <summary>Begins to wait for peers.</summary>
    public void Watch() => _watching = _looked = time.GetTimestamp();

    /// <summary>Goes on waiting; to be called several times a second: where that was not so, this process stood still.</summary>
    public void Look()
    {
        var now = time.GetTimestamp();
        if (time.GetElapsedTime(_looked, now) > _stoodStill)
        {
            _watching = now;
            for (var rank = 0; rank < patience.Count; rank++)
            {
                // Unless it says something else meanwhile.
                if (ComputingSince(rank) is not 0 and var since) Interlocked.CompareExchange(ref _computingSince[rank], now, since);
            }
        }
        _looked = now;
    }

    /// <summary>A peer says whether its device computes.</summary>
    public void Heartbeat(int rank, bool isComputing)
    {
        if (!isComputing) Advanced(rank);
        else Interlocked.CompareExchange(ref _computingSince[rank], time.GetTimestamp(), 0);
    }

    /// <summary>A peer has sent something that it computed.</summary>
    public void Advanced(int rank) => Volatile.Write(ref _computingSince[rank], 0);

    /// <summary>The connection is of no more use.</summary>
    public void Closed(int rank) => Volatile.Write(ref _closed[rank], true);

    public bool IsClosed(int rank) => Volatile.Read(ref _closed[rank]);

    /// <summary>Why a peer counts as lost, as the end of a sentence; null while it does not.</summary>
    /// <param name="rank">The peer.</param>
    /// <param name="silence">Time since anything that came from it was read.</param>
    /// <param name="hasUnread">Whether something has come that this process has not read yet: then it is this one that is late.</param>
    /// <param name="judgeHung">Whether one that lives but does not get on counts as lost.</param>
    public string? LossOf(int rank, TimeSpan silence, bool hasUnread, bool judgeHung)
    {
        if (IsClosed(rank)) return "closed the connection";
        if (silence > patience[rank].Least && IsSilent(silence, hasUnread ? options.PeerTimeout : patience[rank].Limit))
            return $"was silent for {silence.TotalSeconds:0.0} s";
        return judgeHung && IsHung(rank) ? $"has computed on one step for over {HungAfter.TotalSeconds:0} s" : null;
    }

    private bool IsSilent(TimeSpan silence, TimeSpan limit) => silence > limit && time.GetElapsedTime(_watching) > limit;

    private bool IsHung(int rank) => ComputingSince(rank) is not 0 and var since && time.GetElapsedTime(since) > HungAfter;

    private long ComputingSince(int rank) => Volatile.Read(ref _computingSince[rank]);
}
