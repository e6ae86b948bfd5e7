namespace PgmCluster.Data.Sources;

/// <summary>What systems and tools leave among people's files: never data, wherever it lies.</summary>
internal static class Litter
{
    private static readonly HashSet<string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        "__MACOSX", "lost+found", "@eaDir", "#recycle", "$RECYCLE.BIN", "System Volume Information", "Thumbs.db", "desktop.ini",
    };

    /// <summary>Whether a file or directory is litter by its name; hidden ones are.</summary>
    public static bool Is(string path) => Path.GetFileName(path) is var name && (name.StartsWith('.') || Names.Contains(name));
}
