namespace PgmCluster.Cli.Study.Jobs;

/// <summary>What a job is taken to cost before one of its kind has run.</summary>
/// <param name="Kind">Jobs whose guess is wrong by the same factor.</param>
/// <param name="Seconds">On two cores.</param>
internal sealed record StudyCost(string Kind, double Seconds);
