using System.Text.Json;

namespace PgmCluster.Data.Safetensors;

/// <summary>Parses a header's JSON into tensors whose bytes tile the file's data exactly.</summary>
internal static class SafetensorsHeader
{
    public const string MetadataKey = "__metadata__";

    /// <summary>The reference implementation's limit, in bytes.</summary>
    public const long MaxLength = 100_000_000;

    private const int MostNumbers = 64, LongestType = 32;

    /// <summary>Bytes that an entry takes in memory beside its name, in all the lists and dictionaries that hold it.</summary>
    private const int EntryCost = 800;

    /// <summary>Parses and checks.</summary>
    /// <param name="json">The header without the length before it.</param>
    /// <param name="dataStart">Where the data begin in the file.</param>
    /// <param name="fileLength">The file's length, bytes.</param>
    /// <exception cref="FormatException">The reason, without the file's name.</exception>
    public static (List<TensorEntry> Entries, List<UnreadTensor> Unread, Dictionary<string, string> Metadata) Parse(
        ReadOnlySpan<byte> json, long dataStart, long fileLength)
    {
        var (entries, unread) = (new List<TensorEntry>(), new List<UnreadTensor>());
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var budget = new ReadBudget(fileLength);
        budget.Charge(json.Length);
        try
        {
            var reader = new Utf8JsonReader(json);
            Expect(ref reader, JsonTokenType.StartObject);
            var names = new HashSet<string>(StringComparer.Ordinal);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                budget.Charge(EntryCost + 4 * reader.ValueSpan.Length);
                var name = reader.GetString()!;
                if (name.Any(char.IsControl)) throw new FormatException("the header has a name with control characters");
                if (!names.Add(name)) throw new FormatException($"the header lists '{name}' twice");
                if (name == MetadataKey) ReadMetadata(ref reader, metadata, budget);
                else ReadEntry(ref reader, name, dataStart, fileLength, entries, unread);
            }
            // Reading to the end makes the reader itself object to anything but white space.
            while (reader.Read()) { }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException($"the header is not the JSON of a safetensors file ({OneLine(e.Message)})", e);
        }
        CheckTiling(
            entries.Select(e => (e.Name, e.Offset, e.Length)).Concat(unread.Select(u => (u.Name, u.Offset, u.Length))), dataStart,
            fileLength);
        return (entries, unread, metadata);
    }

    /// <summary>
    /// The format has texts only. Other values, which some writers leave there, are nobody's need: null is nothing, the rest is passed
    /// over.
    /// </summary>
    private static void ReadMetadata(ref Utf8JsonReader reader, Dictionary<string, string> metadata, ReadBudget budget)
    {
        if (!reader.Read() || reader.TokenType == JsonTokenType.Null) return;
        Expect(reader, JsonTokenType.StartObject);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            budget.Charge(200 + 2 * reader.ValueSpan.Length);
            var key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
            {
                reader.Skip();
                continue;
            }
            budget.Charge(2 * reader.ValueSpan.Length);
            if (!metadata.TryAdd(key, reader.GetString()!)) throw new FormatException($"the metadata lists '{key}' twice");
        }
    }

    private static void ReadEntry(
        ref Utf8JsonReader reader, string name, long dataStart, long fileLength, List<TensorEntry> entries, List<UnreadTensor> unread)
    {
        string? typeName = null;
        List<long>? shape = null, offsets = null;
        Expect(ref reader, JsonTokenType.StartObject);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            switch (reader.GetString())
            {
                case "dtype" when typeName is null:
                    Expect(ref reader, JsonTokenType.String);
                    typeName = reader.GetString()!;
                    if (typeName.Length > LongestType || typeName.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '_'))
                        throw new FormatException($"tensor '{name}' has something else than a type's name for its dtype");
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(ref reader, name);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(ref reader, name);
                    break;
                case var other:
                    throw new FormatException($"tensor '{name}' has an unexpected or repeated field '{other}'");
            }
        }
        if (typeName is null || shape is null || offsets is not [var begin, var end])
            throw new FormatException($"tensor '{name}' lacks its dtype, shape or two data_offsets");
        if (begin > end || end > fileLength - dataStart)
        {
            throw new FormatException(
                $"tensor '{name}' lies at {begin}..{end}, but there are {fileLength - dataStart} bytes of data; the file may be truncated");
        }

        // How many bytes the elements of another type take is not known here, so that only the place of all of them can be checked.
        if (!TensorTypeExtensions.TryParse(typeName, out var type))
        {
            unread.Add(new UnreadTensor(name, typeName, [.. shape], dataStart + begin, end - begin));
            return;
        }
        Int128 expected = type.SizeInBytes();
        foreach (var size in shape)
        {
            // A size of zero anywhere makes the product zero, so only the running product needs a bound.
            expected *= size;
            if (expected > long.MaxValue) throw new FormatException($"the shape of tensor '{name}' overflows");
        }
        if (expected != end - begin)
        {
            throw new FormatException(
                $"tensor '{name}' ({type.SafetensorsName()} [{string.Join(",", shape)}]) needs {expected} bytes, but has {end - begin}");
        }
        entries.Add(new TensorEntry(name, type, [.. shape], dataStart + begin, end - begin));
    }

    private static List<long> ReadNumbers(ref Utf8JsonReader reader, string name)
    {
        var numbers = new List<long>();
        Expect(ref reader, JsonTokenType.StartArray);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number) || number < 0)
                throw new FormatException($"tensor '{name}' has something else than a natural number in its shape or data_offsets");
            if (numbers.Count == MostNumbers)
                throw new FormatException($"tensor '{name}' has more than {MostNumbers} numbers in its shape or data_offsets");
            numbers.Add(number);
        }
        return numbers;
    }

    private static void CheckTiling(IEnumerable<(string Name, long Offset, long Length)> entries, long dataStart, long fileLength)
    {
        var position = dataStart;
        foreach (var entry in entries.OrderBy(e => e.Offset).ThenBy(e => e.Length))
        {
            if (entry.Offset < position) throw new FormatException($"tensor '{entry.Name}' overlaps the one before it");
            if (entry.Offset > position)
                throw new FormatException($"{entry.Offset - position} bytes before tensor '{entry.Name}' belong to none");
            position += entry.Length;
        }
        if (position != fileLength) throw new FormatException($"{fileLength - position} bytes after the last tensor belong to none");
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        reader.Read();
        Expect(reader, type);
    }

    private static void Expect(Utf8JsonReader reader, JsonTokenType type)
    {
        if (reader.TokenType != type)
            throw new FormatException($"the header has {reader.TokenType} at byte {reader.TokenStartIndex} where {type} belongs");
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
