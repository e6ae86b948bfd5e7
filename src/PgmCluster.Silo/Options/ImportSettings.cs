using PgmCluster.Data.Blobs.Http;

namespace PgmCluster.Silo.Options;

/// <summary>The settings that say what clients may have a silo read.</summary>
internal static class ImportSettings
{
    /// <summary>What is not usable of them, one line each.</summary>
    public static IReadOnlyList<string> Problems(SiloOptions silo)
    {
        var problems = new List<string>();
        foreach (var root in silo.ImportRootsOrAny ?? [])
            if (!Path.IsPathRooted(root)) problems.Add($"Pgm:ImportRoots names '{root}': give directories from the root on, such as /data");
        foreach (var prefix in silo.ImportAddressList)
        {
            if (!HttpBlobs.Is(prefix) || !prefix.EndsWith('/') || !Uri.TryCreate(prefix, UriKind.Absolute, out _))
                problems.Add(
                    $"Pgm:ImportAddresses names '{prefix}': give addresses with a slash at their end, such as https://host/sets/");
        }
        return problems;
    }
}
