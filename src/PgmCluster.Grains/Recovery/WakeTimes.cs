namespace PgmCluster.Grains.Recovery;

/// <summary>When a job is woken next.</summary>
/// <param name="first">Of a job that has just changed, and of one that waits for a silo to answer at most.</param>
/// <param name="retry">After the first failure in succession; each further one doubles it.</param>
internal sealed class WakeTimes(TimeSpan first, TimeSpan retry)
{
    /// <summary>So many failures in succession, over half a minute, are no accident of a silo's end.</summary>
    private const int MostFailures = 6;

    /// <summary>Jobs drive themselves: a wake is for a word that was lost. The longer nothing has changed, the rarer it is.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(5);

    /// <summary>No job is due later than this from now on.</summary>
    public TimeSpan Longest => first > s_longest ? first : s_longest;

    /// <summary>The job is in memory and drives itself.</summary>
    public DueJob Woken(DueJob job, DateTimeOffset now)
    {
        var since = (now - job.ChangedAt) / 2;
        return job with { Failures = 0, Trouble = null, DueAt = now + (since < first ? first : since > Longest ? Longest : since) };
    }

    /// <summary>The job could not be brought into memory, or did not answer.</summary>
    /// <param name="job">It.</param>
    /// <param name="now">The time.</param>
    /// <param name="trouble">Why, in one line.</param>
    /// <param name="isItsOwn">It is not that some silo or the network is away, which passes.</param>
    public DueJob Failed(DueJob job, DateTimeOffset now, string trouble, bool isItsOwn)
    {
        var failures = job.Failures + 1;
        var wait = retry * Math.Pow(2, Math.Min(failures, MostFailures) - 1);
        return job with
        {
            Failures = failures,
            Trouble = trouble,
            DueAt = isItsOwn && failures >= MostFailures ? null : now + (wait > first ? first : wait),
        };
    }

    /// <summary>It is no use to try again.</summary>
    public static DueJob GivenUp(DueJob job, string trouble) => job with { Failures = MostFailures, Trouble = trouble, DueAt = null };
}
