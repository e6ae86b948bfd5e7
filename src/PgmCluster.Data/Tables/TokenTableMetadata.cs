using System.Text.Json;

namespace PgmCluster.Data.Tables;

/// <summary>What this program notes in the schema of a table of tokens: the metadata of the shard that it was made from.</summary>
internal static class TokenTableMetadata
{
    public const string Key = "pgm";

    public static string Write(IReadOnlyDictionary<string, string> metadata) =>
        JsonSerializer.Serialize(new SortedDictionary<string, string>(metadata.ToDictionary(), StringComparer.Ordinal));

    /// <returns>Null where it is none.</returns>
    public static IReadOnlyDictionary<string, string>? Read(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, string>>(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
