namespace PgmCluster.Execution.Wire.Judging;

/// <summary>How members of a gang judge each other.</summary>
public sealed record GangOptions
{
    /// <summary>
    /// A peer that sends nothing for so long, not even a heartbeat, is lost, however late it used to be. Default 10 s.
    /// </summary>
    public TimeSpan PeerTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A peer that was never late is lost after so long a silence: a few heartbeats. Default 2 s.</summary>
    public TimeSpan LeastPeerTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// A peer whose process lives but whose device computes on one step for longer than this and <see cref="HungFactor"/> times the median
    /// is taken for hung. Default 60 s.
    /// </summary>
    public TimeSpan HungFloor { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>See <see cref="HungFloor"/>. Default 20.</summary>
    public double HungFactor { get; init; } = 20;

    /// <summary>Time between heartbeats, sent by a thread that only ends with the process. Default 0.5 s.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>How long members try to connect to each other. Default 5 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a peer may take to leave a generation that is over, and to take what was sent last: then its connection is not kept for
    /// the next one. Default 0.5 s.
    /// </summary>
    public TimeSpan LeaveTimeout { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Steps between comparisons of the members' weights. Default 50.</summary>
    public int DigestSteps { get; init; } = 50;
}
