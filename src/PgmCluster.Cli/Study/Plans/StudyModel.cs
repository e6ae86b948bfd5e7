namespace PgmCluster.Cli.Study.Plans;

/// <summary>One of the models that are compared.</summary>
/// <param name="Name">In tables and ids.</param>
/// <param name="Preset">What it is trained by.</param>
/// <param name="Set">Overrides, such as a width that gives as many parameters as the others have.</param>
internal sealed record StudyModel(string Name, string Preset, IReadOnlyDictionary<string, string> Set);
