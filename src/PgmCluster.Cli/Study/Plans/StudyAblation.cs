namespace PgmCluster.Cli.Study.Plans;

/// <summary>One thing changed, everything else as the model was found best.</summary>
/// <param name="Name">In tables and ids.</param>
/// <param name="Model">Which of the plan's models.</param>
/// <param name="Set">Overrides of its training; with none, the report's model is sampled in another way.</param>
/// <param name="Curve">Of the sampler; null for the usual one.</param>
/// <param name="Steps">Of the sampler; null for those of the search.</param>
internal sealed record StudyAblation(
    string Name, string Model, IReadOnlyDictionary<string, string> Set, string? Curve = null, int? Steps = null);
