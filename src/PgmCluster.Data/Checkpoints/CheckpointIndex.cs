using System.Text.Json;
using System.Text.RegularExpressions;
using PgmCluster.Data.Names;

namespace PgmCluster.Data.Checkpoints;

/// <summary>
/// A checkpoint in several files, and the <c>NAME.index.json</c> that says which of them holds which tensor (Hugging Face's
/// <c>save_pretrained</c>). Shards lie in the index's directory and are safetensors or PyTorch files.
/// </summary>
internal static partial class CheckpointIndex
{
    private const string Extension = ".index.json";

    /// <summary>Bytes; the largest published models have some hundred thousand.</summary>
    private const long Largest = 32 << 20;

    private const int MostShards = 10_000;

    public static bool IsLike(string path) => path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase) && File.Exists(path);

    /// <summary>The only index of a folder that is no checkpoint of this program; null where there is none.</summary>
    public static string? In(string folder)
    {
        if (File.Exists(Path.Combine(folder, CheckpointFolder.ManifestFile))) return null;
        return Directory.GetFiles(folder, "*" + Extension) is [var only] ? only : null;
    }

    /// <summary>What is wrong with opening one shard of several by itself; null for any other file.</summary>
    public static string? LoneShard(string path)
    {
        var match = ShardName().Match(Path.GetFileName(path));
        if (!match.Success || !int.TryParse(match.Groups["count"].ValueSpan, out var count) || count < 2) return null;
        var index = $"{match.Groups["name"].Value}.{match.Groups["kind"].Value}{Extension}";
        var isThere = File.Exists(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, index));
        return $"it is shard {int.Parse(match.Groups["number"].ValueSpan)} of {count}, so only a part of the weights; "
            + $"{(isThere ? $"name {index} beside it" : $"fetch the others and {index}, and name that")}";
    }

    /// <summary>Opens all shards.</summary>
    /// <exception cref="BadInputException">The index is none, or names files elsewhere.</exception>
    /// <exception cref="DataCorruptException">A shard is missing, damaged, or lacks a tensor.</exception>
    public static ReferenceCheckpoint Open(string path, string? weights)
    {
        var map = Read(path);
        var opened = new Shards();
        try
        {
            var (model, average, problems, missing) = (new List<CheckpointTensor>(), new List<CheckpointTensor>(), new List<string>(),
                new List<string>());
            var (unread, names) = (new List<UnreadValue>(), new HashSet<string>(StringComparer.Ordinal));
            foreach (var (file, tensors) in map)
            {
                var shard = opened.Open(path, file);
                problems.AddRange(shard.Problems);
                unread.AddRange(shard.Unread);
                foreach (var tensor in shard.Model)
                {
                    if (names.Add(tensor.Name)) model.Add(tensor);
                    else problems.Add($"'{tensor.Name}' is in {file} and in another shard");
                }
                average.AddRange(shard.Average);
                var held = shard.Model.Select(t => t.Name).Concat(
                    shard.Average.Select(t => SafetensorsCheckpoint.AveragePrefix + t.Name)).Concat(shard.Unread.Select(u => u.At))
                        .ToHashSet(StringComparer.Ordinal);
                missing.AddRange(
                    tensors.Where(t => !held.Contains(WeightNames.Bare(t)) && !held.Contains(t)).Select(t => $"{t} in {file}"));
            }
            if (missing.Count > 0)
                throw new DataCorruptException(
                    $"Reading {path}: its shards lack {FewOf.List(missing, 5)}. Fetch all files of the same version anew.");
            if (weights is not null) (model, average) = (WeightPrefix.Take(path, model, average, weights, []), []);
            return new ReferenceCheckpoint(path, opened, $"{map.Count} shards, {opened.Container}", weights ?? "")
            {
                Model = model,
                Average = average,
                Problems = problems,
                Notes = [.. WeightPrefix.Notes(model, weights)],
                Unread = unread,
            };
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <returns>The shards in the index's order, and the tensors that each should hold.</returns>
    private static OrderedDictionary<string, List<string>> Read(string path)
    {
        try
        {
            var length = new FileInfo(path).Length;
            if (length > Largest)
                throw new BadInputException(
                    $"Reading {path}: {length} bytes are too many for an index of shards. Name the .index.json that came with the shards.");
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var shards = new OrderedDictionary<string, List<string>>(StringComparer.Ordinal);
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("weight_map", out var map)
                || map.ValueKind != JsonValueKind.Object)
                throw new BadInputException(
                    $"Reading {path}: it has no 'weight_map' that says which file holds which tensor. "
                    + "Name the .index.json that came with the shards.");
            foreach (var tensor in map.EnumerateObject())
            {
                var file = tensor.Value.ValueKind == JsonValueKind.String ? tensor.Value.GetString()! : "";
                if (file.Length == 0 || file is "." or ".." || file.AsSpan().IndexOfAny('/', '\\') >= 0 || file.Any(char.IsControl)
                    || Path.GetFileName(file) != file)
                    throw new BadInputException(
                        $"Reading {path}: it names '{new string([.. file.Take(80).Where(c => !char.IsControl(c))])}' as a shard, which "
                        + "is no file beside it. Fetch it anew.");
                if (!shards.TryGetValue(file, out var tensors)) shards.Add(file, tensors = []);
                tensors.Add(tensor.Name);
                if (shards.Count > MostShards)
                    throw new BadInputException($"Reading {path}: it names more than {MostShards} shards. Fetch it anew.");
            }
            if (shards.Count == 0) throw new BadInputException($"Reading {path}: its 'weight_map' is empty. Fetch it anew.");
            return shards;
        }
        catch (JsonException e)
        {
            throw new DataCorruptException(
                $"Reading {path}: it is no JSON ({e.Message.ReplaceLineEndings(" ").TrimEnd('.')}). Fetch it anew.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"Reading {path}: {e.Message.TrimEnd('.')}. Name an index that this user may read.", e);
        }
    }

    [GeneratedRegex(@"^(?<name>.+)-(?<number>\d{5})-of-(?<count>\d{5})\.(?<kind>safetensors|bin|pt|pth)\z")]
    private static partial Regex ShardName();

    private sealed class Shards : IDisposable
    {
        private readonly List<ReferenceCheckpoint> _files = [];

        public string Container => string.Join(" and ", _files.Select(f => f.Container).Distinct());

        public ReferenceCheckpoint Open(string index, string name)
        {
            var path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(index))!, name);
            if (!File.Exists(path))
                throw new DataCorruptException(
                    $"Reading {index}: it names the shard {name}, which is not beside it. "
                    + "Fetch the missing shards into the same directory.");
            _files.Add(ReferenceCheckpoint.OpenFile(path));
            return _files[^1];
        }

        public void Dispose()
        {
            foreach (var file in _files) file.Dispose();
        }
    }
}
