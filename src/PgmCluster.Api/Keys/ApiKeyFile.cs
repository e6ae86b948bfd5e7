using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;

namespace PgmCluster.Api.Keys;

/// <summary>
/// The keys that a silo's HTTP API accepts, in a file that only its owner can read. A silo reads it again when it has changed.
/// </summary>
public static partial class ApiKeyFile
{
    /// <summary>What every key begins with, so that one that got into a wrong place is found.</summary>
    public const string Prefix = "pgm_";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <summary>Reads the keys of a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>In the order in which they were made; null where there is no file.</returns>
    /// <exception cref="BadInputException">It cannot be read, or is no such file.</exception>
    public static IReadOnlyList<ApiKeyEntry>? Read(string path)
    {
        try
        {
            var document = JsonSerializer.Deserialize<Document>(File.ReadAllBytes(path), s_json);
            var keys = document?.Keys ?? throw new JsonException("it is null");
            if (keys.FirstOrDefault(k => !IsName(k.Name) || !Hash().IsMatch(k.Sha256)) is { } bad)
                throw new JsonException($"its key '{bad.Name}' has no usable name or hash");
            return keys;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(
                $"Reading the API keys of {path}: {e.Message.ReplaceLineEndings(" ").TrimEnd('.')}. Give a file that 'pgm keys add' made.", e);
        }
    }

    /// <summary>Makes a key; the file is made if it is not there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">Who gets the key: 1 to 63 letters, digits, dots, dashes, underscores and at signs.</param>
    /// <param name="role">What its holder may do.</param>
    /// <param name="now">When it is made.</param>
    /// <returns>The key. It is stored nowhere: whoever loses it needs another.</returns>
    /// <exception cref="BadInputException">The name cannot be, or has a key already, or the file is no such file.</exception>
    public static string Add(string path, string name, ApiRole role, DateTimeOffset now)
    {
        if (!IsName(name))
            throw new BadInputException(
                $"Making an API key for '{name}': a name has 1 to 63 letters, digits, dots, dashes, underscores and at signs and begins "
                + "with a letter or digit. Choose such a one.");
        using var held = Hold(path);
        var keys = Read(path) ?? [];
        if (keys.Any(k => k.Name == name))
            throw new BadInputException(
                $"Making an API key for '{name}': that name has one. Remove it with 'pgm keys remove {name}' first, or choose "
                + "another name.");
        var key = Prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        Write(path, [.. keys, new ApiKeyEntry(name, role, HashOf(key), now)]);
        return key;
    }

    /// <summary>Takes a key out: whoever comes with it is refused from then on.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">Whose.</param>
    /// <exception cref="BadInputException">There is no key of that name, or no such file.</exception>
    public static void Remove(string path, string name)
    {
        using var held = Hold(path);
        var keys = Read(path) ?? [];
        var left = keys.Where(k => k.Name != name).ToList();
        if (left.Count == keys.Count)
            throw new BadInputException(
                $"Removing the API key of '{name}': {path} has none of that name. 'pgm keys list' shows what there is.");
        Write(path, left);
    }

    /// <summary>What a key is compared by.</summary>
    /// <returns>SHA-256 of its UTF-8 bytes, lower-case hex.</returns>
    public static string HashOf(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    internal static bool IsName(string name) => Name().IsMatch(name);

    private static void Write(string path, IReadOnlyList<ApiKeyEntry> keys) =>
        AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, new Document(keys), s_json), mode: OwnerOnly);

    /// <summary>Two commands at once would each write what they have read.</summary>
    private static FileLock Hold(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return FileLock.TryAcquire(path + ".lock") ?? throw new IOException("another command changes them");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(
                $"Changing the API keys of {path}: {e.Message.TrimEnd('.')}. Wait for the command that changes them, or name "
                + "another file.");
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"^[0-9a-f]{64}\z")]
    private static partial Regex Hash();

    private sealed record Document(IReadOnlyList<ApiKeyEntry> Keys);
}
