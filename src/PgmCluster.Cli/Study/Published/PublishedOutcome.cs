namespace PgmCluster.Cli.Study.Published;

/// <summary>What a report has of one job.</summary>
/// <param name="Id">The job's; null where the report does not name it.</param>
/// <param name="Outcome">Null where it was not run.</param>
/// <param name="Seconds">What it took, where the report says so.</param>
/// <param name="CpuSeconds">Processor time, alike.</param>
internal sealed record PublishedOutcome(string? Id, object? Outcome, double? Seconds = null, double? CpuSeconds = null);
