using PgmCluster.Cli.Study.Jobs;

namespace PgmCluster.Cli.Study.Parts;

/// <summary>Scores of one training.</summary>
internal sealed record ReportedSeed(long TrainingSeed, long SamplingSeed, string Job, StudyScores? Scores);
