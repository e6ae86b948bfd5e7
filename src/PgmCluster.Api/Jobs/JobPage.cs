namespace PgmCluster.Api.Jobs;

/// <summary>Some jobs, those created last first.</summary>
/// <param name="Jobs">Of those that a phase was asked of there may be fewer than the limit, also where there are more.</param>
/// <param name="Next">What to send as <c>after</c> for the next page; null where there is none.</param>
internal sealed record JobPage(IReadOnlyList<JobView> Jobs, string? Next);
