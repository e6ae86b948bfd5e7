using PgmCluster.Execution.Runs;

namespace PgmCluster.Execution.Gangs;

/// <summary>A step that a gang has done.</summary>
/// <param name="Metrics">The same for every member.</param>
/// <param name="Leaving">Ranks that go after it.</param>
/// <param name="ChangeWanted">The gang is to form again.</param>
public sealed record GangStep(StepMetrics Metrics, IReadOnlyList<int> Leaving, bool ChangeWanted);
