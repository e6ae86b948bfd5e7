using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Options;

/// <summary>Which jobs that have ended are deleted by themselves. The same in all silos of a cluster.</summary>
/// <param name="Age">Those that ended longer ago than this; zero for none.</param>
/// <param name="Count">All of a kind but so many, those created last; 0 for none.</param>
/// <param name="Interval">Between two looks.</param>
public sealed record RetentionRules(TimeSpan Age, int Count, TimeSpan Interval)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromHours(1), Longest = TimeSpan.FromDays(36_500), Day = TimeSpan.FromDays(1);

    /// <summary>Nothing is deleted by itself.</summary>
    public static RetentionRules None { get; } = new(TimeSpan.Zero, 0, Shortest);

    /// <summary>Whether anything is.</summary>
    internal bool Any => Age > TimeSpan.Zero || Count > 0;

    /// <summary>The jobs of each rule.</summary>
    internal IEnumerable<JobSelection> Selections
    {
        get
        {
            if (Age > TimeSpan.Zero) yield return new JobSelection { OlderThan = Age };
            if (Count > 0) yield return new JobSelection { KeepNewest = Count };
        }
    }

    /// <summary>What is not usable, one line each; none where all is.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        if (Age != TimeSpan.Zero && (Age < Shortest || Age > Longest))
            problems.Add($"Pgm:RetentionAge is {Age}: use 01:00:00 to {Longest} (days.hours:minutes:seconds), or 0 for no limit");
        if (Count < 0) problems.Add($"Pgm:RetentionCount is {Count}: use 1 or more, or 0 for no limit");
        if (Interval <= TimeSpan.Zero || Interval > Day)
            problems.Add($"Pgm:RetentionInterval is {Interval}: use more than 0, and at most {Day} (a day)");
        return problems;
    }
}
