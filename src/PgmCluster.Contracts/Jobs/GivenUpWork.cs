namespace PgmCluster.Contracts.Jobs;

/// <summary>
/// Work that was given up because workers died over it or failed again and again, by what the message of its job says: not the request was
/// wrong, and repeating it on sound devices may help.
/// </summary>
public static class GivenUpWork
{
    /// <summary>Part of the message where workers were lost.</summary>
    public const string WorkersLost = "workers in a row were lost over";

    /// <summary>Part of the message where they failed.</summary>
    public const string FailedAgain = "It failed at the same place";

    /// <summary>Whether a failed job's message is about such work.</summary>
    public static bool IsSaidBy(string message) =>
        message.Contains(WorkersLost, StringComparison.Ordinal) || message.Contains(FailedAgain, StringComparison.Ordinal);
}
