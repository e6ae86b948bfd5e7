namespace PgmCluster.Chaos.Runs;

/// <summary>The faults that can be made, each with how often it is chosen.</summary>
internal static class ChaosFaults
{
    /// <summary>kill -9 of a silo with a device; it is started again.</summary>
    public const string Kill = "kill";

    /// <summary>
    /// SIGSTOP of a silo with a device, then SIGCONT; where the cluster has given it up meanwhile it ends and is started again.
    /// </summary>
    public const string Pause = "pause";

    /// <summary>SIGTERM of a silo with a device, as at an upgrade; it is started again.</summary>
    public const string Terminate = "terminate";

    /// <summary>kill -9 of a silo where the jobs' grains live, and by which clients come in; it is started again.</summary>
    public const string Control = "control";

    /// <summary>PostgreSQL stops for some seconds.</summary>
    public const string Database = "database";

    /// <summary>kill -9 of every silo at once; all are started again.</summary>
    public const string All = "all";

    /// <summary>
    /// A silo with a device is cut off from all others and from the database for some seconds, and no connection is told so; where the
    /// cluster has given it up meanwhile it ends and is started again.
    /// </summary>
    public const string Partition = "partition";

    /// <summary>
    /// A silo with a device has 1% of the others' bandwidth for some seconds: 10 Mbit/s each way. One of the gang where there is one: what
    /// it is to slow is the exchange between members.
    /// </summary>
    public const string Slow = "slow";

    private static readonly (string Kind, int Weight)[] Weights = [(Kill, 5), (Pause, 2), (Terminate, 3), (Control, 2), (Database, 2),
        (All, 1), (Partition, 2), (Slow, 2)];

    public static IReadOnlyList<string> Names => [.. Weights.Select(w => w.Kind)];

    /// <summary>Those for which silos have to be on hosts of their own.</summary>
    public static IReadOnlyList<string> OfTheNetwork { get; } = [Partition, Slow];

    /// <summary>Everything after which no step is lost, and which any machine can make.</summary>
    public static IReadOnlyList<string> Default => [.. Names.Where(n => n != All && !OfTheNetwork.Contains(n))];

    /// <summary>
    /// Whether a fault of a gang's only member leaves nobody who has the run's state and can go on: it is dead, hangs or cannot be reached.
    /// One that is told to leave hands it over.
    /// </summary>
    public static bool TakesState(string kind) => kind is Kill or Pause or Partition;

    /// <summary>Which silo with a device a fault is of.</summary>
    /// <param name="random">Asked once, whatever the fault.</param>
    /// <param name="kind">The fault.</param>
    /// <param name="workers">All that there are.</param>
    /// <param name="members">Those whose devices are in the gang.</param>
    public static string DrawWorker(Random random, string kind, IReadOnlyList<string> workers, IReadOnlySet<string> members)
    {
        string[] inGang = kind == Slow ? [.. workers.Where(members.Contains)] : [];
        // A gang of one exchanges nothing, and its silo is as good as any other.
        var among = inGang.Length > 1 ? inGang : workers;
        return among[random.Next(among.Count)];
    }

    public static string Draw(Random random, IReadOnlyList<string> kinds)
    {
        var chosen = Weights.Where(w => kinds.Contains(w.Kind)).ToArray();
        var left = random.Next(chosen.Sum(w => w.Weight));
        return chosen.First(w => (left -= w.Weight) < 0).Kind;
    }
}
