namespace PgmCluster.Cli.Study.Jobs;

/// <summary>Of an outcome that a published study found.</summary>
/// <param name="Seconds">What it took there; null where nobody counted it.</param>
/// <param name="CpuSeconds">Of processors, user and system.</param>
/// <param name="AlsoHere">Whether it came out again here.</param>
internal sealed record StudyElsewhere(double? Seconds, double? CpuSeconds, bool AlsoHere);
