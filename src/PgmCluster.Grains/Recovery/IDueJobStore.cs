namespace PgmCluster.Grains.Recovery;

/// <summary>Which jobs of the catalog are to be woken, and when. What is at rest is never looked at.</summary>
public interface IDueJobStore
{
    /// <summary>Jobs that are not at rest and due, those that have waited longest first.</summary>
    /// <param name="now">The time.</param>
    /// <param name="ahead">What is due later than this was written by a clock that was ahead, and is due as well.</param>
    /// <param name="most">The most of them.</param>
    Task<IReadOnlyList<DueJob>> Read(DateTimeOffset now, DateTimeOffset ahead, int most);

    /// <summary>Makes jobs that are not at rest due at once, in one statement.</summary>
    /// <param name="now">The time.</param>
    /// <param name="givenUp">Those alone that are not woken any more, or all others.</param>
    Task MakeDue(DateTimeOffset now, bool givenUp);

    /// <summary>How many training runs are parked.</summary>
    Task<long> CountParked();

    /// <summary>Keeps what came of wakes. What has changed since it was read stays as it is.</summary>
    Task Keep(IReadOnlyCollection<DueJob> jobs);
}
