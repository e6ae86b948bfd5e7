using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using PgmCluster.Data;

namespace PgmCluster.Execution.Specifications;

/// <summary>Specifications as JSON, read strictly: a key or a type that does not fit is an error with the nearest name.</summary>
public static class SpecificationJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.General)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        IgnoreReadOnlyProperties = true,
    };

    public static JsonObject ToObject<T>(T value) => JsonSerializer.SerializeToNode(value, Options)!.AsObject();

    /// <summary>Reads what <see cref="ToObject{T}"/> wrote.</summary>
    public static T Read<T>(JsonNode node) => node.Deserialize<T>(Options) ?? throw new JsonException($"A {typeof(T).Name} is missing.");

    public static TrainingSpecification Parse(string json) =>
        JsonSerializer.Deserialize<TrainingSpecification>(json, Options) ?? throw new JsonException("The specification is null.");

    /// <summary>Lays one object over another, key by key; keys that the base lacks are refused.</summary>
    /// <exception cref="BadInputException">Unknown key or wrong type.</exception>
    public static void Merge(JsonObject target, JsonObject over, string source, string path = "")
    {
        foreach (var (key, value) in over)
        {
            var full = path + key;
            var place = Find(target, key, full, source);
            if (target[place] is JsonObject inner && value is JsonObject next) Merge(inner, next, source, full + ".");
            else target[place] = Fitting(target[place], value, full, source);
        }
    }

    /// <summary>Sets one dotted key from text.</summary>
    /// <exception cref="BadInputException">Unknown key or wrong type.</exception>
    public static void Set(JsonObject target, string key, string text)
    {
        var parts = key.Split('.');
        var node = target;
        for (var i = 0; i < parts.Length - 1; i++)
        {
            var place = Find(node, parts[i], string.Join('.', parts[..(i + 1)]), "--set");
            node = node[place] as JsonObject
                ?? throw new BadInputException(
                    $"Reading --set {key}={text}: {string.Join('.', parts[..(i + 1)])} is a single value. "
                    + $"Use {string.Join('.', parts[..(i + 1)])}=VALUE.");
        }
        var last = Find(node, parts[^1], key, "--set");
        if (node[last] is JsonObject group)
            throw new BadInputException(
                $"Reading --set {key}={text}: {key} is a group. Name one of its keys: "
                + $"{string.Join(", ", group.Select(p => $"{key}.{p.Key}"))}.");
        node[last] = Fitting(node[last], ParseText(node[last], text), key, "--set");
    }

    private static string Find(JsonObject target, string key, string full, string source)
    {
        foreach (var (name, _) in target)
        {
            if (string.Equals(name, key, StringComparison.OrdinalIgnoreCase)) return name;
        }
        var prefix = full[..^key.Length];
        throw new BadInputException(
            $"Reading {source}: there is no key '{full}'. The nearest is '{prefix}{Nearest.Of(key, target.Select(p => p.Key))}'; "
            + $"there are {string.Join(", ", target.Select(p => p.Key))}.");
    }

    private static JsonNode? ParseText(JsonNode? present, string text)
    {
        if (present is JsonValue value && value.GetValueKind() == JsonValueKind.String) return JsonValue.Create(text);
        try
        {
            return JsonNode.Parse(present is JsonArray && !text.TrimStart().StartsWith('[') ? $"[{text}]" : text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }

    private static JsonNode? Fitting(JsonNode? present, JsonNode? value, string key, string source)
    {
        var fits = (Kind(present), Kind(value)) switch
        {
            (JsonValueKind.True or JsonValueKind.False, JsonValueKind.True or JsonValueKind.False) => true,
            (JsonValueKind.Number, JsonValueKind.Number) =>
                IsWhole(present!) is false || IsWhole(value!) || key.EndsWith("Rate", StringComparison.Ordinal) || IsRealKey(key),
            // Left open by default; whether the type is right shows when the whole is read.
            (JsonValueKind.Null, _) => true,
            (var a, var b) => a == b,
        };
        if (!fits)
            throw new BadInputException($"Reading {source}: {key} = {value?.ToJsonString() ?? "null"} is not {Describe(present, key)}.");
        return value?.DeepClone();
    }

    // A real-valued default such as 1 is written without a point; these keys take fractions all the same.
    private static bool IsRealKey(string key) => RealKeys.Contains(key[(key.LastIndexOf('.') + 1)..]);

    private static readonly HashSet<string> RealKeys = new(
        new[] { typeof(TrainingSettings), typeof(SamplerSettings), typeof(Modeling.Tokenizer.VqSettings), typeof(
            Modeling.Partition.PartitionTransformerSettings), typeof(Modeling.BlockCausal.RevealOrders), typeof(Modeling.MaskGit.MaskGitSettings), typeof(
                Modeling.Classifier.ImageClassifierSettings) }
            .SelectMany(t => t.GetProperties()).Where(p => p.PropertyType == typeof(double)).Select(
                p => JsonNamingPolicy.CamelCase.ConvertName(p.Name)),
        StringComparer.OrdinalIgnoreCase);

    private static bool IsWhole(JsonNode node) =>
        decimal.TryParse(node.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && decimal.Truncate(number) == number;

    private static JsonValueKind Kind(JsonNode? node) => node?.GetValueKind() ?? JsonValueKind.Null;

    private static string Describe(JsonNode? node, string key) => Kind(node) switch
    {
        JsonValueKind.Number => IsWhole(node!) && !IsRealKey(key) ? "a whole number" : "a number",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a word",
        _ => "a group",
    };
}
