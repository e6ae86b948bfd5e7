using System.Globalization;
using System.Text.Json;
using PgmCluster.Data.Formats.Tar;
using PgmCluster.Data.Images;
using PgmCluster.Data.Sources;

namespace PgmCluster.Data.Formats.Layouts;

/// <summary>
/// The samples of one tar file. Pictures are looked at as they come by and not kept; their labels may come before or behind them.
/// </summary>
/// <param name="path">Names the archive in messages.</param>
internal sealed class WebDatasetSamples(string path)
{
    private const int LargestPicture = 256 << 20, LargestLabel = 1 << 20;
    private static readonly string[] JsonLabels = ["label", "cls", "class", "target"];

    private readonly Dictionary<string, Sample> _samples = new(StringComparer.Ordinal);
    private readonly List<Sample> _inOrder = [];
    private readonly ShardIndexBuilder _index = new();

    /// <summary>Reads the archive to its end.</summary>
    /// <exception cref="BadInputException">It is damaged or cut, names a member twice, or a label is none.</exception>
    /// <exception cref="InvalidDataException">It is gzipped, and that is broken.</exception>
    public async Task GatherAsync(Stream archive, CancellationToken cancellation)
    {
        var tar = new TarScanner(archive, path);
        var buffer = Array.Empty<byte>();
        while (await tar.NextAsync(cancellation) is { } member)
        {
            cancellation.ThrowIfCancellationRequested();
            var (key, extension) = Split(member.Name);
            if (IsLitter(member.Name) || member.Kind == TarMemberKind.Directory) continue;
            var isPicture = PictureNames.IsExtension(extension);
            if (member.Kind != TarMemberKind.File || (!isPicture && extension is not (".cls" or ".json" or ".txt")))
            {
                _index.LeaveOut(KindOf(member.Kind, extension));
                continue;
            }
            var sample = SampleOf(key);
            if (!sample.Members.Add(extension))
                throw Bad(member.Name, "it is there twice", "Make the archive anew with one member of each name");
            if (isPicture && sample.Picture is not null)
            {
                _index.LeaveOut("second pictures of a sample");
                continue;
            }
            if (member.Length > (isPicture ? LargestPicture : LargestLabel))
            {
                if (!isPicture) throw Bad(member.Name, $"a label of {member.Length} bytes", "Put a number or a name there");
                sample.Picture = new Picture(
                    member.Offset, 0, default, $"{member.Length} bytes are more than the {LargestPicture} that a picture may have.");
                continue;
            }
            var length = (int)member.Length;
            if (buffer.Length < length) buffer = new byte[Math.Max(length, 2 * buffer.Length)];
            await tar.ReadAsync(buffer.AsMemory(0, length), cancellation);
            if (isPicture) sample.Picture = Look(member, buffer.AsSpan(0, length));
            else sample.Take(LabelOf(member.Name, extension, buffer.AsMemory(0, length)), extension);
        }
    }

    /// <summary>The index; called once. Samples without a picture are left out.</summary>
    /// <param name="sha256">Of the file.</param>
    public ShardIndex Build(ReadOnlySpan<byte> sha256)
    {
        foreach (var sample in _inOrder)
        {
            if (sample.Picture is not { } picture) _index.LeaveOut("labels without a picture", sample.Members.Count);
            else if (picture.Problem is { } problem) _index.AddUnreadable(sample.Key, problem);
            else _index.Add(sample.Key, sample.Label, (0, picture.Offset, picture.Length), picture.Facts);
        }
        _index.AddFile(sha256);
        return _index.Build();
    }

    private static string KindOf(TarMemberKind kind, string extension) => kind switch
    {
        TarMemberKind.File => Path.GetExtension(extension),
        TarMemberKind.Link => "links",
        TarMemberKind.Sparse => "sparse files",
        _ => "members of other kinds",
    };

    private static Picture Look(TarMember member, ReadOnlySpan<byte> encoded)
    {
        try
        {
            return new Picture(member.Offset, encoded.Length, PictureFacts.Of(encoded, member.Name), null);
        }
        catch (BadInputException e)
        {
            return new Picture(member.Offset, encoded.Length, default, e.Message);
        }
    }

    private Sample SampleOf(string key)
    {
        if (_samples.TryGetValue(key, out var sample)) return sample;
        _samples.Add(key, sample = new Sample(key));
        _inOrder.Add(sample);
        return sample;
    }

    private string? LabelOf(string member, string extension, ReadOnlyMemory<byte> bytes)
    {
        if (extension == ".json") return JsonLabel(member, bytes);
        var text = TarHeader.Text(bytes.Span).Trim();
        if (extension == ".txt") return IsNumber(text) ? Plain(text) : null;
        return text.Length > 0 ? Plain(text) : throw Bad(member, "it is empty", "Put the class's number or name there");
    }

    private string? JsonLabel(string member, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var json = JsonDocument.Parse(bytes);
            if (json.RootElement.ValueKind != JsonValueKind.Object) return null;
            foreach (var name in JsonLabels)
            {
                if (!json.RootElement.TryGetProperty(name, out var value)) continue;
                if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text) return Plain(text.Trim());
                if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= 0)
                    return number.ToString(CultureInfo.InvariantCulture);
            }
            return null;
        }
        catch (JsonException e)
        {
            throw Bad(member, $"it is no JSON ({e.Message.Split('.')[0]})", "Make the archive anew");
        }
    }

    // "007" and "7" are one class.
    private static string Plain(string text) =>
        IsNumber(text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number.ToString(CultureInfo.InvariantCulture)
            : text;

    private static bool IsNumber(string text) => text.Length > 0 && text.All(char.IsAsciiDigit);

    private static (string Key, string Extension) Split(string name)
    {
        while (name.StartsWith("./", StringComparison.Ordinal)) name = name[2..];
        var baseName = name.LastIndexOf('/') + 1;
        var dot = name.IndexOf('.', baseName);
        return dot < 0 ? (name, "") : (name[..dot], name[dot..].ToLowerInvariant());
    }

    private static bool IsLitter(string name) => name.Split('/').Any(part => part is not ("" or "." or "..") && Litter.Is(part));

    private BadInputException Bad(string member, string found, string advice) =>
        new($"Reading the tar archive {path}, member {member}: {found}. {advice}.");

    private sealed class Sample(string key)
    {
        private string? _from;

        public string Key { get; } = key;

        public HashSet<string> Members { get; } = new(StringComparer.Ordinal);

        public string? Label { get; private set; }

        public Picture? Picture { get; set; }

        /// <summary>
        /// Keeps the label of the member that says it most plainly: .cls, then .json, then .txt, in whatever order they come.
        /// </summary>
        public void Take(string? label, string extension)
        {
            if (label is null || (_from is not null && string.CompareOrdinal(_from, extension) < 0)) return;
            (Label, _from) = (label, extension);
        }
    }

    private sealed record Picture(long Offset, int Length, PictureFacts Facts, string? Problem);
}
