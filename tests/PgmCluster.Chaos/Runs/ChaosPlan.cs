namespace PgmCluster.Chaos.Runs;

/// <summary>What a chaos run does.</summary>
/// <param name="Minutes">How long faults are made.</param>
/// <param name="Seed">Decides which faults, of whom, and when.</param>
/// <param name="Workers">Silos with one device each.</param>
/// <param name="Kinds">Faults to choose from.</param>
/// <param name="Database">"postgres" or "sqlite".</param>
internal sealed record ChaosPlan(double Minutes, int Seed, int Workers, IReadOnlyList<string> Kinds, string Database)
{
    /// <summary>Images of the job that is tokenized again and again.</summary>
    public const int TokenizedImages = 1000;

    public const int Shards = 40;

    /// <summary>The pgm.dll that the silos run; null for the one beside this program.</summary>
    public string? Program { get; init; }

    /// <summary>Directory where the silos' logs are kept; null to keep none.</summary>
    public string? Logs { get; init; }

    /// <summary>Whether cables are pulled or made slow, which takes a host for each silo.</summary>
    public bool NeedsNetwork => Kinds.Any(ChaosFaults.OfTheNetwork.Contains);

    /// <summary>Devices that the run may have; the tokenization takes what it leaves.</summary>
    public int GangSize => Math.Max(1, Workers - 1);
}
