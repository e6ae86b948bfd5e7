using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Jobs.Requests;

/// <summary>Kinds and phases in messages.</summary>
internal static class JobWords
{
    public static string Of(JobPhase phase) => phase.ToString().ToLowerInvariant();

    public static string Of(JobKind kind) => kind.ToString().ToLowerInvariant();

    /// <summary>Clauses behind each other; null where there is none.</summary>
    /// <param name="clauses">Null where one has nothing to say.</param>
    public static string? Joined(params string?[] clauses) =>
        clauses.OfType<string>().ToArray() is { Length: > 0 } said ? string.Join("; ", said) : null;
}
