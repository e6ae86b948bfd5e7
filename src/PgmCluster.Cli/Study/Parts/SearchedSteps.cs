using PgmCluster.Cli.Study.Plans;

namespace PgmCluster.Cli.Study.Parts;

/// <summary>A number of steps and what came of it.</summary>
internal sealed record SearchedSteps(int Steps, IReadOnlyList<ScoredSetting> Points, StudySetting? Best);
