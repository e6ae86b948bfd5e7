namespace PgmCluster.Data.Images;

/// <summary>Which files are pictures, by their names.</summary>
internal static class PictureNames
{
    private static readonly HashSet<string> Extensions = new(StringComparer.OrdinalIgnoreCase) { ".jpg", ".jpeg", ".png", ".webp", ".bmp" };

    public static string All => string.Join(' ', Extensions);

    public static bool Is(string path) =>
        Extensions.GetAlternateLookup<ReadOnlySpan<char>>().Contains(Path.GetExtension(path.AsSpan()));

    /// <param name="extension">With its dot.</param>
    public static bool IsExtension(string extension) => Extensions.Contains(extension);
}
