namespace PgmCluster.Grains.Options;

/// <summary>
/// When silos, devices and the scheduler do what they do again and again, and how long they wait for each other. The same in all silos of a
/// cluster.
/// </summary>
public class Timings
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>Between two heartbeats, in which a silo says what its devices do. Default: 2 s.</summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>A heartbeat that is not answered within this time is sent again. Default: 3 s.</summary>
    public TimeSpan HeartbeatTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// A device whose heartbeats nobody answered for so long stops its work: others may have it by then. Longer than what grants leases
    /// needs to move away from a silo that hangs (about 11 s), else its move would stop everybody. Default: 20 s.
    /// </summary>
    public TimeSpan LeaseTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// So much longer than <see cref="LeaseTimeout"/> a device has to be silent before its work is given away: by then it has stopped by
    /// itself. Default: 10 s.
    /// </summary>
    public TimeSpan LeaseGrace { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Leases are no longer granted where the membership table could not be read for so long: whoever grants them may be cut off, and
    /// another may do it. Default: 5 minutes.
    /// </summary>
    public TimeSpan LeaseBlind { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// A lease of which the device does not speak is told again after this time: no heartbeat from before it can still be under way.
    /// Default: 8 s.
    /// </summary>
    public TimeSpan LeaseSettles { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>The scheduler looks at everything at least so often, whether it heard of something new or not. Default: 2 s.</summary>
    public TimeSpan PlanInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>A device that was told to stop, and has not said since that it has, is told again after this time. Default: 10 s.</summary>
    public TimeSpan StopAgain { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>A gang whose member ended by itself, other than by leaving, is probably done: it is given nobody new for so long. Default: 5 s.</summary>
    public TimeSpan GrowthPause { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a device waits for its scheduler or owner, and the scheduler for a device or an owner. Default: 10 s.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A device whose work has ended, and whose owner cannot be told for so long, is released all the same: the work is done again once its
    /// owner can be reached. Default: 5 minutes.
    /// </summary>
    public TimeSpan OwnerPatience { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a gang that waits for devices lets smaller work pass by. Default: 60 s.</summary>
    public TimeSpan GangPatience { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>By then a device that nobody has heard of has stopped by itself.</summary>
    internal TimeSpan SilentAfter => LeaseTimeout + LeaseGrace;

    /// <summary>What is not usable, one line each; none where all is.</summary>
    public IReadOnlyList<string> TimingProblems()
    {
        var problems = new List<string>();
        foreach (var (name, value) in new[] { (nameof(Heartbeat), Heartbeat), (nameof(HeartbeatTimeout), HeartbeatTimeout),
            (nameof(LeaseTimeout), LeaseTimeout), (nameof(LeaseGrace), LeaseGrace), (nameof(LeaseBlind), LeaseBlind),
            (nameof(LeaseSettles), LeaseSettles), (nameof(PlanInterval), PlanInterval), (nameof(StopAgain), StopAgain),
            (nameof(GrowthPause), GrowthPause), (nameof(CallTimeout), CallTimeout), (nameof(OwnerPatience), OwnerPatience),
            (nameof(GangPatience), GangPatience) })
        {
            if (value <= TimeSpan.Zero) problems.Add($"Pgm:{name} is {value}: use more than 0");
            else if (value > Longest) problems.Add($"Pgm:{name} is {value}: use at most 1.00:00:00 (a day)");
        }
        if (problems.Count > 0) return problems;
        Least(nameof(LeaseTimeout), LeaseTimeout, 2 * Heartbeat, $"two heartbeats (Pgm:Heartbeat is {Heartbeat})");
        Least(
            nameof(LeaseTimeout), LeaseTimeout, Heartbeat + HeartbeatTimeout,
            $"a heartbeat that is not answered and the next (Pgm:HeartbeatTimeout is {HeartbeatTimeout})");
        Least(
            nameof(LeaseTimeout), LeaseTimeout, PlanInterval,
            $"what lies between two looks of the scheduler (Pgm:PlanInterval is {PlanInterval})");
        Least(
            nameof(LeaseSettles), LeaseSettles, Heartbeat + HeartbeatTimeout,
            $"a heartbeat can be under way (Pgm:Heartbeat is {Heartbeat}, Pgm:HeartbeatTimeout {HeartbeatTimeout})");
        Least(nameof(LeaseBlind), LeaseBlind, LeaseTimeout, $"a lease (Pgm:LeaseTimeout is {LeaseTimeout})");
        Least(nameof(OwnerPatience), OwnerPatience, CallTimeout, $"one call to an owner may take (Pgm:CallTimeout is {CallTimeout})");
        return problems;

        void Least(string name, TimeSpan value, TimeSpan least, string what)
        {
            if (value < least) problems.Add($"Pgm:{name} is {value}, shorter than {what}: use at least {least}");
        }
    }
}
