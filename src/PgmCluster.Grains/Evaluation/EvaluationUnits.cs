using PgmCluster.Execution.Documents;
using PgmCluster.Grains.Jobs.Units;

namespace PgmCluster.Grains.Evaluation;

/// <summary>The units of evaluations and statistics: a run of chunks for each subject, then one that merges them.</summary>
internal static class EvaluationUnits
{
    public const string Merge = "merge";

    /// <summary>The run of a subject.</summary>
    public static string Of(EvaluationSubject subject) => subject.ToString().ToLowerInvariant();

    public static EvaluationSubject SubjectOf(WorkUnit unit) => Enum.Parse<EvaluationSubject>(unit.Run.Name, ignoreCase: true);
}
