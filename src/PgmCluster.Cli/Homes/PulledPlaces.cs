namespace PgmCluster.Cli.Homes;

/// <summary>Finds what was pulled by the name that it has on the Hub.</summary>
internal static class PulledPlaces
{
    /// <summary>The file that is named; where there is none, and OWNER/NAME/FILE was pulled, that one.</summary>
    public static string File(PgmHome home, string given) =>
        IsThere(given) ? given : home.Downloads.FindModelFile(given) ?? given;

    /// <summary>The directory that is named; where there is none, and the dataset OWNER/NAME was pulled, the one that holds it.</summary>
    public static string Dataset(PgmHome home, string given) => IsThere(given) ? given : home.Downloads.FindDataset(given) ?? given;

    private static bool IsThere(string given) => System.IO.File.Exists(given) || Directory.Exists(given);
}
