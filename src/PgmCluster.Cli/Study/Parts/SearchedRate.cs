using PgmCluster.Cli.Study.Jobs;

namespace PgmCluster.Cli.Study.Parts;

/// <summary>A learning rate and what came of it at every guidance.</summary>
internal sealed record SearchedRate(double LearningRate, string Run, StudyTrained? Trained, IReadOnlyList<ScoredSetting> Points);
