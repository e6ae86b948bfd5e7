namespace PgmCluster.Dashboard.Submitting;

/// <summary>What a new run may be made from, those registered or submitted last first.</summary>
/// <param name="Datasets">Names of data sets.</param>
/// <param name="Tokenizations">Ids of completed tokenizations.</param>
/// <param name="TokenizationsUnderWay">Ids of tokenizations that go on.</param>
/// <param name="Tokenizers">Ids of completed runs that made a tokenizer.</param>
public sealed record RunChoices(
    IReadOnlyList<string> Datasets, IReadOnlyList<string> Tokenizations, IReadOnlyList<string> TokenizationsUnderWay,
    IReadOnlyList<string> Tokenizers);
