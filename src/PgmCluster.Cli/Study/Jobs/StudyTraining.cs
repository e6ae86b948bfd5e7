using PgmCluster.Cli.Study.Plans;
using PgmCluster.Execution.Specifications;

namespace PgmCluster.Cli.Study.Jobs;

/// <summary>The training of a compared model.</summary>
/// <param name="Model">Which one.</param>
/// <param name="Specification">What its settings come to.</param>
/// <param name="Job">Trains it.</param>
internal sealed record StudyTraining(StudyModel Model, TrainingSpecification Specification, StudyJob<StudyTrained> Job);
