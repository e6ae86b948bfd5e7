namespace PgmCluster.Cli.Study.Jobs;

/// <summary>What is left of a study, or of a part.</summary>
/// <param name="Jobs">Jobs that are not done.</param>
/// <param name="AllJobs">All jobs, done or not.</param>
/// <param name="Seconds">What the ones that are left are taken to need.</param>
/// <param name="Taken">What all have taken so far.</param>
internal sealed record StudyRemainder(int Jobs, int AllJobs, double Seconds, double Taken);
