namespace PgmCluster.Cli.Study.Plans;

/// <summary>
/// The comparison at longer sequences: one training seed, the learning rates and the form of guidance that the search found.
/// </summary>
/// <param name="Grid">Its tokenizer.</param>
/// <param name="Steps">Of the sampler that is searched and scored.</param>
/// <param name="SpeedSteps">Numbers of steps whose speed is measured.</param>
/// <param name="Set">Further overrides by model.</param>
internal sealed record StudyLength(
    StudyGrid Grid, int Steps, IReadOnlyList<int> SpeedSteps, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Set)
{
    public IReadOnlyDictionary<string, string> Overrides(string model) => Set.GetValueOrDefault(model, StudyOverrides.None);
}
