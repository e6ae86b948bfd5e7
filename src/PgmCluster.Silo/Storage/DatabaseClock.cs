using System.Globalization;
using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Hosting;

namespace PgmCluster.Silo.Storage;

/// <summary>
/// How far the clock of this machine is off the database's, which is the one clock that all silos of a cluster share. Where the database is
/// a file of this machine, they are the same.
/// </summary>
/// <param name="database">Whose clock counts.</param>
/// <param name="time">The clock of this machine.</param>
/// <param name="notice">Told in one line that the clocks disagree, and by how much.</param>
internal sealed class DatabaseClock(IStateDatabase database, TimeProvider time, Action<string>? notice = null)
{
    /// <summary>Silos whose clocks are off by more cannot tell their lives apart, which they number by the time they began.</summary>
    public static readonly TimeSpan Tolerated = TimeSpan.FromDays(1);

    /// <summary>Below this the clocks count as equal: nothing is decided by so little, and what is stored is what was written.</summary>
    private static readonly TimeSpan Negligible = TimeSpan.FromSeconds(1);

    /// <summary>From here on it is said.</summary>
    private static readonly TimeSpan Notable = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan MeasureEvery = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private (DateTimeOffset Local, long Timestamp)? _measured;
    private TimeSpan _behind, _said;

    /// <summary>The database's time.</summary>
    public DateTimeOffset Now => time.GetUtcNow() + Behind;

    /// <summary>
    /// What to add to this machine's time for the database's: positive where this machine is behind, zero where it is negligible. Asks
    /// nobody; where the machine's clock was set since the last measurement, that is taken into account.
    /// </summary>
    public TimeSpan Behind
    {
        get
        {
            lock (_gate) return _measured is { } measured && Step(measured) is var step && step.Duration() > Negligible
                ? Whole(_behind - step)
                : _behind;
        }
    }

    /// <summary>Asks the database for its time, unless that was done within a minute and nobody has set the clock since.</summary>
    /// <exception cref="StateDatabaseException">The database cannot be used.</exception>
    public void Measure()
    {
        if (database.TimeQuery is not { } query) return;
        try
        {
            lock (_gate)
            {
                if (_measured is not { } measured || time.GetElapsedTime(measured.Timestamp) > MeasureEvery
                    || Step(measured).Duration() > Negligible)
                    Measure(query);
            }
        }
        catch (Exception e) when (database.Describe("ask for the time of", e) is { } described)
        {
            throw described;
        }
    }

    /// <exception cref="SiloStartException">The clock is off by more than is <see cref="Tolerated"/>.</exception>
    public void RequireTolerable()
    {
        if (Behind is var behind && IsTooMuch(behind))
        {
            throw new SiloStartException(
                $"Trying to start a silo: {Found(behind)}, more than silos can do with. Set the clock (NTP), then start it again.");
        }
    }

    private void Measure(string query)
    {
        using var connection = database.Connect();
        using var command = connection.Command(query);
        var before = time.GetUtcNow();
        var found = new DateTimeOffset(DateTime.SpecifyKind((DateTime)command.ExecuteScalar()!, DateTimeKind.Utc));
        var after = time.GetUtcNow();
        _measured = (after, time.GetTimestamp());
        var behind = found - (before + ((after - before) / 2));
        // A time goes through this on its way to the table and back; it must not come back changed because two measurements differ by a
        // little.
        if ((behind - _behind).Duration() > Negligible) _behind = Whole(behind);
        if ((behind - _said).Duration() < Notable || IsTooMuch(behind)) return;
        _said = behind.Duration() < Notable ? TimeSpan.Zero : behind;
        notice?.Invoke(Describe(behind));
    }

    // Another silo's clock may be off in the other direction.
    private static bool IsTooMuch(TimeSpan behind) => behind.Duration() > Tolerated / 2;

    /// <summary>By how much the machine's clock was set forward since then.</summary>
    private TimeSpan Step((DateTimeOffset Local, long Timestamp) measured) =>
        time.GetUtcNow() - measured.Local - time.GetElapsedTime(measured.Timestamp);

    // Whole milliseconds: databases keep no more than microseconds, votes of the framework no more than that.
    private static TimeSpan Whole(TimeSpan behind) =>
        behind.Duration() < Negligible ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Round(behind.TotalMilliseconds));

    private string Describe(TimeSpan behind) => behind.Duration() < Notable
        ? $"The clock of this machine agrees with that of the state database {database.Name} again."
        : $"{char.ToUpperInvariant(Found(behind)[0])}{Found(behind)[1..]}. Silos agree by the database's, so nothing fails, but times in logs and tables are wrong: set the clock (NTP).";

    private string Found(TimeSpan behind) =>
        $"the clock of this machine is {Words(behind.Duration())} {(behind > TimeSpan.Zero ? "behind" : "ahead of")} that of the state "
        + $"database {database.Name}";

    private static string Words(TimeSpan skew) => skew switch
    {
        { TotalSeconds: < 120 } => string.Create(CultureInfo.InvariantCulture, $"{skew.TotalSeconds:0} s"),
        { TotalMinutes: < 120 } => string.Create(CultureInfo.InvariantCulture, $"{skew.TotalMinutes:0} min"),
        { TotalHours: < 48 } => string.Create(CultureInfo.InvariantCulture, $"{skew.TotalHours:0.0} h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{skew.TotalDays:0.0} days"),
    };
}
