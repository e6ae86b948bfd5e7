using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Jobs.Requests;

/// <summary>Kinds and phases in messages.</summary>
internal static class JobWords
{
    public static string Of(JobPhase phase) => phase.ToString().ToLowerInvariant();

    public static string Of(JobKind kind) => kind.ToString().ToLowerInvariant();
}
