using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Grains.Recovery;

/// <summary>A job that is not at rest, as far as waking it is concerned.</summary>
/// <param name="Id">The job's id.</param>
/// <param name="Kind">Its kind; null where a version of before did not note it.</param>
/// <param name="ChangedAt">When its entry was written last.</param>
/// <param name="DueAt">When it is to be woken; null for not any more.</param>
/// <param name="Failures">How often in succession it could not be woken.</param>
/// <param name="Trouble">Why, the last time; null where it could.</param>
public sealed record DueJob(string Id, JobKind? Kind, DateTimeOffset ChangedAt, DateTimeOffset? DueAt, int Failures, string? Trouble);
