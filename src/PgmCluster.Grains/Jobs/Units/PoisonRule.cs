using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Jobs.Units;

/// <summary>When work is given up because it may itself be what harms those who do it. One rule for every kind of work.</summary>
internal static class PoisonRule
{
    /// <summary>Workers that may die over it in a row, none getting further than the one before.</summary>
    private const int Deaths = 5;

    /// <summary>Times that it may fail on one device, not getting further. On two devices once each is enough.</summary>
    private const int Faults = 3;

    /// <param name="deaths">Workers that died over the work, none getting further than the one before.</param>
    /// <param name="workId">The work.</param>
    /// <param name="reached">How far they got.</param>
    /// <returns>What to say where it is given up; null where it is tried again.</returns>
    public static string? OfDeaths(int deaths, string workId, long reached)
    {
        if (deaths < Deaths) return null;
        return $"{deaths} {GivenUpWork.WorkersLost} {workId} without getting past {reached}: it may be what kills them. "
            + "See the logs of the silos.";
    }

    /// <param name="workers">Where it failed, once for each time, none getting further than the one before.</param>
    /// <param name="error">What the last of them said.</param>
    /// <returns>What to say where it is given up; null where it is tried again.</returns>
    public static string? OfFaults(IReadOnlyCollection<string> workers, string error)
    {
        var distinct = workers.Distinct().Order(StringComparer.Ordinal).ToArray();
        if (distinct.Length < 2 && workers.Count < Faults) return null;
        var where = distinct.Length > 1 ? $"on {string.Join(" and ", distinct)}" : $"{workers.Count} times on {distinct[0]}";
        return $"{error}{(error.EndsWith('.') ? "" : ".")} {GivenUpWork.FailedAgain} {where}.";
    }
}
