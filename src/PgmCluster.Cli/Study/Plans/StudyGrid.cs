namespace PgmCluster.Cli.Study.Plans;

/// <summary>A tokenizer and the codes that it makes.</summary>
/// <param name="Preset">What it is trained by.</param>
/// <param name="Set">Overrides.</param>
/// <param name="Side">Rows, and columns, of the grid of codes.</param>
/// <param name="Codebook">Entries of its codebook.</param>
internal sealed record StudyGrid(string Preset, IReadOnlyDictionary<string, string> Set, int Side, int Codebook);
