using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using PgmCluster.Data.Safetensors;

namespace PgmCluster.Data.Checkpoints;

/// <summary>
/// Finds the parts of a checkpoint in a safetensors file. Two layouts: plain names, averaged weights with <see cref="AveragePrefix"/>
/// before theirs; or a whole checkpoint with <c>iter</c>, <c>global_epoch</c>, <c>model.NAME</c> and <c>optimizer.state.INDEX.FIELD</c>.
/// </summary>
internal static class SafetensorsCheckpoint
{
    public const string AveragePrefix = "ema.", ModelPrefix = "model.", StatePrefix = "optimizer.state.",
        GroupsKey = "optimizer.param_groups";

    private static readonly string[] Fields = ["step", "exp_avg", "exp_avg_sq"];

    /// <param name="file">Belongs to the result.</param>
    /// <param name="weights">As for <see cref="ReferenceCheckpoint.Open(string, string)"/>.</param>
    public static ReferenceCheckpoint Of(SafetensorsFile file, string? weights)
    {
        try
        {
            var path = file.Path;
            var whole = file.Contains("iter") && file.Entries.Any(e => e.Name.StartsWith(ModelPrefix, StringComparison.Ordinal));
            var problems = new List<string>();
            var (model, average, names) = (new List<CheckpointTensor>(), new List<CheckpointTensor>(),
                new HashSet<string>(StringComparer.Ordinal));
            foreach (var entry in file.Entries)
            {
                var averaged = !whole && entry.Name.StartsWith(AveragePrefix, StringComparison.Ordinal);
                if (whole && !entry.Name.StartsWith(ModelPrefix, StringComparison.Ordinal)) continue;
                var name = WeightNames.Bare(
                    whole ? entry.Name[ModelPrefix.Length..] : averaged ? entry.Name[AveragePrefix.Length..] : entry.Name);
                if (!names.Add(averaged ? AveragePrefix + name : name))
                    problems.Add($"'{entry.Name}' is there twice once its prefixes are taken off");
                else (averaged ? average : model).Add(CheckpointTensor.Of(name, file, entry));
            }
            // A file of averaged weights alone has them for its weights.
            if (model.Count == 0 && average.Count > 0) (model, average) = (average, []);
            if (weights is not null) (model, average) = (WeightPrefix.Take(path, model, average, weights, []), []);
            if (model.Count == 0) throw new BadInputException($"Reading {path}: it holds no tensors. Name a file with a model's weights.");
            return new ReferenceCheckpoint(path, file, "safetensors", weights ?? (whole ? "model" : ""))
            {
                Iter = whole ? Integer(file, "iter") : long.TryParse(
                    file.Metadata.GetValueOrDefault("iter"), NumberStyles.None, CultureInfo.InvariantCulture, out var iter) ? iter : null,
                GlobalEpoch = whole ? Integer(file, "global_epoch") : null,
                Model = model,
                Average = average,
                Optimizer = whole && weights is null ? Optimizer(file, problems) : null,
                Specification = file.Metadata.GetValueOrDefault("specification"),
                Problems = problems,
                Notes = [.. WeightPrefix.Notes(model, weights)],
                Unread = [.. file.Unread.Select(u => new UnreadValue(u.Name, u.Type))],
            };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static OptimizerContent? Optimizer(SafetensorsFile file, List<string> problems)
    {
        var moments = new Dictionary<long, OptimizerMoments>();
        var byIndex = file.Entries.Where(e => e.Name.StartsWith(StatePrefix, StringComparison.Ordinal)).Select(
            e => e.Name[StatePrefix.Length..].Split('.', 2))
            .GroupBy(parts => parts[0], parts => parts.Length > 1 ? parts[1] : "", StringComparer.Ordinal);
        foreach (var fields in byIndex)
        {
            CheckpointTensor Tensor(string field) =>
                CheckpointTensor.Of($"{fields.Key}.{field}", file, file[$"{StatePrefix}{fields.Key}.{field}"]);
            if (!long.TryParse(fields.Key, NumberStyles.None, CultureInfo.InvariantCulture, out var index) || !Fields.All(fields.Contains)
                || file[$"{StatePrefix}{fields.Key}.step"] is not { Type: TensorType.F32, ElementCount: 1 } step)
            {
                problems.Add($"the optimizer's state of parameter {fields.Key} lacks its step, exp_avg or exp_avg_sq");
                continue;
            }
            var kept = new OptimizerMoments(
                BinaryPrimitives.ReadSingleLittleEndian(file.Read(step.Name)), Tensor("exp_avg"), Tensor("exp_avg_sq"));
            if (!moments.TryAdd(index, kept)) problems.Add($"the optimizer's state of parameter {index} is there twice");
        }
        if (moments.Count == 0) return null;
        try
        {
            var groups = file.Metadata.TryGetValue(GroupsKey, out var json)
                ? JsonSerializer.Deserialize<List<OptimizerGroup>>(json) ?? []
                : [];
            return new OptimizerContent(groups, moments);
        }
        catch (JsonException e)
        {
            throw new DataCorruptException(
                $"Reading {file.Path}: its metadata '{GroupsKey}' are not the JSON that they should be. Export it anew.", e);
        }
    }

    private static long? Integer(SafetensorsFile file, string name) =>
        file.Contains(name) && file[name] is { Type: TensorType.I64, ElementCount: 1 } ? file.ReadArray<long>(name)[0] : null;
}
