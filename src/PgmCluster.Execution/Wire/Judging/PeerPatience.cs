namespace PgmCluster.Execution.Wire.Judging;

/// <summary>
/// How long one peer's silence is borne: a few missed heartbeats, and four times the most that its words came late of late. Outlives
/// generations, so that a peer that was late before a gang formed again is not new after it. Any thread.
/// </summary>
/// <param name="options">The limits.</param>
/// <param name="standstill">What of a silence was this process's own.</param>
/// <param name="time">By whose timestamps all is measured.</param>
internal sealed class PeerPatience(GangOptions options, OwnStandstill standstill, TimeProvider time)
{
    /// <summary>Lateness varies from one moment to the next by about as much as it is, and has to be borne before it is seen.</summary>
    private const int Factor = 4;

    /// <summary>
    /// One that was given up may only have been late, and is borne so many times its silence when it is back: where it was, longer and longer
    /// until it is not given up; where it hung, and hangs again, it is not waited for much longer than the first time.
    /// </summary>
    private const double Further = 1.5;

    /// <summary>A process that has just come loads libraries and compiles: so long only the longest limit counts.</summary>
    internal static readonly TimeSpan Trial = TimeSpan.FromSeconds(5);

    /// <summary>After so long half of a lateness is forgotten.</summary>
    internal static readonly TimeSpan HalfLife = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();

    /// <summary>When it was first connected, as a timestamp; null before.</summary>
    private long? _since;
    private TimeSpan _late;
    private long _lateAt;

    /// <summary>What <see cref="Limit"/> is never below.</summary>
    public TimeSpan Least { get; } = options.LeastPeerTimeout < options.PeerTimeout ? options.LeastPeerTimeout : options.PeerTimeout;

    /// <summary>A peer that is silent for longer is lost.</summary>
    public TimeSpan Limit
    {
        get
        {
            lock (_gate)
            {
                if (_since is not { } since || time.GetElapsedTime(since) < Trial) return options.PeerTimeout;
                var limit = Least + Factor * Late(time.GetTimestamp());
                return limit < options.PeerTimeout ? limit : options.PeerTimeout;
            }
        }
    }

    /// <summary>A connection to it begins: with the first one its trial does, as connecting may take as long as that.</summary>
    public void Connected()
    {
        lock (_gate) _since ??= time.GetTimestamp();
    }

    /// <summary>Something came after so long a silence.</summary>
    public void Heard(TimeSpan silence) => Learn(silence - standstill.Within(silence) - options.Heartbeat);

    /// <summary>It counts as lost, after so long a silence.</summary>
    public void GivenUp(TimeSpan silence) => Learn((Further * (silence - standstill.Within(silence)) - Least) / Factor);

    private void Learn(TimeSpan late)
    {
        if (late <= TimeSpan.Zero) return;
        // More than what the longest limit comes from says nothing, and would take long to be forgotten.
        var most = (options.PeerTimeout - Least) / Factor;
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (late > Late(now)) (_late, _lateAt) = (late < most ? late : most, now);
        }
    }

    private TimeSpan Late(long now) => _late * Math.Pow(0.5, time.GetElapsedTime(_lateAt, now) / HalfLife);
}
