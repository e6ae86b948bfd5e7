using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Blobs;
using PgmCluster.Data.Formats;

namespace PgmCluster.Data.Manifests;

/// <summary>
/// What a registration has to do: a source's layout, and the indexes of shards whose files are as they were when those were made. As a
/// file: a line of JSON for the layout, then one for each shard, so that one shard can be read without the others.
/// </summary>
/// <param name="Layout">The source, as its format laid it out.</param>
/// <param name="Known">The index of each shard, in order; null where it is to be made.</param>
public sealed record RegistrationPlan(DatasetLayout Layout, IReadOnlyList<ArtifactInfo?> Known)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>A plan that takes over what a former one has found out.</summary>
    /// <param name="layout">The source as it is now.</param>
    /// <param name="former">The former plan; null for none.</param>
    /// <param name="indexes">The indexes of the former plan's shards, in order.</param>
    public static RegistrationPlan Of(DatasetLayout layout, RegistrationPlan? former, IReadOnlyList<ArtifactInfo> indexes)
    {
        if (former is null || former.Layout.Format != layout.Format || former.Layout.Shards.Count != indexes.Count)
            return new RegistrationPlan(layout, new ArtifactInfo?[layout.Shards.Count]);
        var known = new Dictionary<string, ArtifactInfo>(StringComparer.Ordinal);
        foreach (var (shard, index) in former.Layout.Shards.Zip(indexes)) known.TryAdd(HashOf(shard), index);
        return new RegistrationPlan(layout, [.. layout.Shards.Select(
            s => s.Files.All(f => f.Changed > 0) ? known.GetValueOrDefault(HashOf(s)) : null)]);
    }

    /// <summary>Writes the file.</summary>
    /// <returns>At which byte the line of each shard begins that has no index yet.</returns>
    public IReadOnlyList<long> WriteTo(Stream stream)
    {
        var head = new Head(Layout.Format, Layout.ClassNames, new SortedDictionary<string, int>(
            Layout.LeftOut.ToDictionary(), StringComparer.Ordinal), Layout.Remarks);
        using var lines = new JsonLineWriter(stream, Options);
        lines.Write(head);
        var open = new List<long>();
        for (var shard = 0; shard < Known.Count; shard++)
        {
            if (Known[shard] is null) open.Add(lines.Position);
            lines.Write(Line.Of(Layout.Shards[shard], Known[shard]));
        }
        return open;
    }

    /// <summary>Reads a file that <see cref="WriteTo"/> made.</summary>
    /// <exception cref="DataCorruptException">It is something else.</exception>
    public static RegistrationPlan Read(string path) => Read(path, line => line.ToPlan());

    /// <summary>
    /// Reads what a manifest takes of a file that <see cref="WriteTo"/> made: of each shard its split, and each label once.
    /// </summary>
    /// <exception cref="DataCorruptException">It is something else.</exception>
    public static RegistrationPlan ReadWithoutFiles(string path) => Read(
        path, line => new ShardPlan(line.Name, line.Split, []) { Labels = line.Labels is null ? null : [.. line.Labels.Distinct()] });

    private static RegistrationPlan Read(string path, Func<Line, ShardPlan> planOf)
    {
        using var lines = new JsonLineReader(path);
        var head = lines.TryRead(out var first) ? Parse<Head>(first, path) : throw Bad(path, "it is empty", null);
        var (plans, known) = (new List<ShardPlan>(), new List<ArtifactInfo?>());
        while (lines.TryRead(out var next))
        {
            var line = Parse<Line>(next, path);
            plans.Add(planOf(line));
            known.Add(line.Index);
        }
        return new RegistrationPlan(
            new DatasetLayout(head.Format, plans) { ClassNames = head.ClassNames, LeftOut = head.LeftOut, Remarks = head.Remarks }, known);
    }

    /// <summary>Reads the shard whose line begins at a byte.</summary>
    /// <exception cref="DataCorruptException">There is none.</exception>
    public static ShardPlan ReadShard(string path, long offset)
    {
        using var lines = new JsonLineReader(path, offset);
        return Parse<Line>(lines.TryRead(out var line) ? line : [], path).ToPlan();
    }

    private static string HashOf(ShardPlan shard) =>
        Convert.ToHexString(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(Line.Of(shard, null), Options)));

    private static T Parse<T>(ReadOnlySpan<byte> line, string path)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(line, Options) ?? throw Bad(path, "a line of it is null", null);
        }
        catch (JsonException e)
        {
            throw Bad(path, e.Message.ReplaceLineEndings(" ").TrimEnd('.'), e);
        }
    }

    private static DataCorruptException Bad(string path, string found, Exception? inner)
    {
        var message = $"Reading the plan of a registration, {path}: {found}. Register the dataset again.";
        return inner is null ? new(message) : new(message, inner);
    }

    private sealed record Head(
        string Format, IReadOnlyList<string>? ClassNames, IReadOnlyDictionary<string, int> LeftOut, IReadOnlyList<string> Remarks);

    private sealed record Line(
        string Name, string? Split, IReadOnlyList<string?>? Labels, IReadOnlyList<FileLine> Files, ArtifactInfo? Index)
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public IReadOnlyList<string>? Keys { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public IReadOnlyList<string>? Captions { get; init; }

        public static Line Of(ShardPlan plan, ArtifactInfo? index) =>
            new(plan.Name, plan.Split, plan.Labels, [.. plan.Files.Select(f => new FileLine(f.Name, f.Length, f.Changed))], index)
            {
                Keys = plan.Keys,
                Captions = plan.Captions,
            };

        public ShardPlan ToPlan() => new(Name, Split, [.. Files.Select(f => new Blob(f.Name, f.Length) { Changed = f.Changed })])
        {
            Labels = Labels,
            Keys = Keys,
            Captions = Captions,
        };
    }

    private sealed record FileLine(string Name, long Length, long Changed);
}
