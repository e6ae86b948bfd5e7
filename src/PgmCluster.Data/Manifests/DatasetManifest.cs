using System.Text.Json;
using System.Text.Json.Serialization;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Formats;

namespace PgmCluster.Data.Manifests;

/// <summary>
/// What a dataset is: its shards with their hashes and indexes, its classes, its splits. As a file: JSON. It says nothing of where the
/// files lie, so that a dataset that moved is the same.
/// </summary>
public sealed record DatasetManifest
{
    private const int NewestVersion = 1;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Of the document.</summary>
    public int ManifestVersion { get; init; } = NewestVersion;

    /// <summary>The format's name.</summary>
    public required string Format { get; init; }

    /// <summary>SHA-256 over what each picture is and its label, whatever the layout; 64 lower-case hexadecimal digits.</summary>
    public required string ContentSha256 { get; init; }

    /// <summary>The classes' names.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Which class a label as written means.</summary>
    public required IReadOnlyDictionary<string, int> Labels { get; init; }

    /// <summary>Runs of the order.</summary>
    public required IReadOnlyList<ManifestSplit> Splits { get; init; }

    /// <summary>In the order in which pictures are counted.</summary>
    public required IReadOnlyList<ManifestShard> Shards { get; init; }

    /// <summary>
    /// The artifact of the drawn order (a <see cref="Sources.DatasetIndex"/>) where splits are drawn; null where positions count as
    /// pictures lie in the shards.
    /// </summary>
    public ArtifactInfo? Order { get; init; }

    /// <summary>How large the pictures are.</summary>
    public required PictureSizes Sizes { get; init; }

    /// <summary>What transparent pixels are composed on wherever a picture is read, "#rrggbb"; null drops their alpha.</summary>
    public string? Background { get; init; }

    /// <summary>How many pictures have transparency; null where none has, or nobody looked yet.</summary>
    public PictureTransparency? Transparency { get; init; }

    /// <summary>Pictures that cannot be decoded; they count nowhere.</summary>
    public IReadOnlyList<UnreadableImage> Unreadable { get; init; } = [];

    /// <summary>Files of other kinds: how many by extension.</summary>
    public IReadOnlyDictionary<string, int> LeftOut { get; init; } = new Dictionary<string, int>();

    /// <summary>What a user should know of the source, a clause each.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>Pictures of all shards.</summary>
    [JsonIgnore]
    public int Images => Shards.Sum(s => s.Images);

    /// <summary>
    /// Whether this may be what a name stands for from now on: other content only at the same place, where it was mended; the same content
    /// only in the same splits.
    /// </summary>
    /// <param name="known">What the name has stood for.</param>
    /// <param name="name">The dataset's.</param>
    /// <param name="knownLocation">Where that is.</param>
    /// <param name="location">Where this is.</param>
    /// <exception cref="BadInputException">It may not.</exception>
    public void RequireSuccessorOf(DatasetManifest known, string name, string knownLocation, string location)
    {
        if (known.ContentSha256 == ContentSha256 && Words(known) != Words(this))
            throw new BadInputException(
                $"Registering dataset '{name}': it is registered with other splits ({Words(known)}; asked for {Words(this)}). "
                + "Choose another name.");
        var moved = known.ContentSha256 == ContentSha256
            ? Splits.Where(s => known.Splits.Any(k => k.Name == s.Name && HasOthers(s, k))).Select(s => s.Name).ToList()
            : [];
        if (moved.Count > 0)
            throw new BadInputException(
                $"Registering dataset '{name}': it is registered with other pictures in {string.Join(" and ", moved)}. "
                + "Choose another name, or remove that dataset.");
        if (known.ContentSha256 != ContentSha256 && knownLocation != location)
            throw new BadInputException(
                $"Registering dataset '{name}': the name holds other content ({known.Images} images from {knownLocation}). "
                + "Choose another name, or remove that dataset.");

        static bool HasOthers(ManifestSplit split, ManifestSplit known) => split.ContentSha256 is { } now && known.ContentSha256 is { } then
            ? now != then
            : !split.ImagesByClass.SequenceEqual(known.ImagesByClass);

        static string Words(DatasetManifest manifest) => string.Join(" + ", manifest.Splits.Select(s => $"{s.Count} {s.Name}"));
    }

    /// <summary>Writes the file.</summary>
    public void WriteTo(Stream stream) => JsonSerializer.Serialize(stream, this, Options);

    /// <summary>Reads a file that <see cref="WriteTo"/> made.</summary>
    /// <exception cref="DataCorruptException">It is something else, or of a newer version.</exception>
    public static DatasetManifest Read(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            var manifest = JsonSerializer.Deserialize<DatasetManifest>(file, Options)
                ?? throw new DataCorruptException($"Reading the manifest of a dataset, {path}: it is empty. Register the dataset again.");
            return manifest.ManifestVersion <= NewestVersion ? manifest : throw new DataCorruptException(
                $"Reading the manifest of a dataset, {path}: "
                + $"it is of version {manifest.ManifestVersion}, this program reads {NewestVersion}. "
                + "Upgrade the silo.");
        }
        catch (JsonException e)
        {
            throw new DataCorruptException(
                $"Reading the manifest of a dataset, {path}: {e.Message.ReplaceLineEndings(" ")} Register the dataset again.", e);
        }
    }
}
