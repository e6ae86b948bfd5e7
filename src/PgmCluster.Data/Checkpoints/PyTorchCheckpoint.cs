using System.Buffers.Binary;
using PgmCluster.Data.Pickles;
using PgmCluster.Data.PyTorch;
using PgmCluster.Data.Safetensors;

namespace PgmCluster.Data.Checkpoints;

/// <summary>Finds the parts of a checkpoint among the values of a PyTorch file.</summary>
internal static class PyTorchCheckpoint
{
    /// <summary>Keys of the model's state dict, the first that is there.</summary>
    private static readonly string[] Layouts = ["model_state_dict", "state_dict", "model", "net", "module", "network", "generator",
        "params", "weights"];

    /// <param name="file">Belongs to the result.</param>
    /// <param name="weights">The key or the prefix of the weights to take; null for the usual ones.</param>
    public static ReferenceCheckpoint Of(PyTorchFile file, string? weights)
    {
        try
        {
            var path = file.Path;
            var sets = PickledSets.In(file.Root);
            var (problems, notes) = (new List<string>(), new List<string>());
            var (layout, state, isKey) = Choose(path, file.Root, sets, weights);
            var model = Tensors(file, state, problems, notes);
            if (weights is not null && !isKey) model = WeightPrefix.Take(path, model, [], weights, sets.Select(s => s.Key));
            var average = isKey ? [] : Average(file, sets, layout, model, notes);
            var root = file.Root as PickleDictionary ?? (file.Root as OpaqueValue)?.Items ?? [];
            if (file.Unusual is { } unusual) notes.Add($"unusual: {unusual}");
            if (!Layouts.Take(3).Contains(layout) && layout.Length > 0 && weights is null)
                notes.Add($"the weights are those under '{layout}'{(WeightNames.IsAveraged(layout) ? ", which are averaged ones" : "")}");
            var others = sets.Where(s => s.Key != layout && s.Key.Length > 0).Select(
                s => $"'{PickleGlobals.Shown(s.Key)}' ({s.Values.Values.Count(v => v is PyTorchTensor)} tensors)").ToList();
            if (others.Count > 0)
                notes.Add(
                    $"beside the weights{(layout.Length > 0 ? $" under '{layout}'" : "")}: {string.Join(", ", others)}; "
                    + "--weights KEY takes them instead");
            return new ReferenceCheckpoint(
                path, file, file.Container == PyTorchContainer.Zip ? "PyTorch zip" : "PyTorch legacy",
                weights is null || isKey ? layout : weights)
            {
                Iter = root.Find("iter") as long?,
                GlobalEpoch = root.Find("global_epoch") as long?,
                Model = model,
                Average = average,
                Optimizer = layout.Length > 0 && weights is null && root.Find("optimizer_state_dict") is PickleDictionary optimizer
                    ? Optimizer(file, optimizer, problems)
                    : null,
                Problems = problems,
                Notes = [.. notes, .. WeightPrefix.Notes(model, weights)],
                Sets = [.. sets.Select(s => new WeightSet(s.Key, s.Values.Values.Count(v => v is PyTorchTensor)))],
                Unread = [.. OpaqueValues.Below(file.Root).Select(o => new UnreadValue(o.At, o.Name))],
            };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static (string Key, PickleDictionary Values, bool IsKey) Choose(
        string path, object? root, IReadOnlyList<(string Key, PickleDictionary Values)> sets, string? weights)
    {
        if (weights is not null && sets.FirstOrDefault(s => s.Key == weights) is { Values: { } named }) return (weights, named, true);
        foreach (var layout in Layouts)
        {
            if (sets.FirstOrDefault(s => s.Key == layout) is { Values: { } found }) return (layout, found, false);
        }
        // Without a usual key: what lies at the top, the only one, or the only one that is averaged.
        var candidates = sets.Any(s => s.Key.Length == 0) ? sets.Where(s => s.Key.Length == 0).ToList() : [.. sets];
        if (candidates.Count > 1 && candidates.Where(s => WeightNames.IsAveraged(s.Key)).ToList() is [var averaged])
            candidates = [averaged];
        if (candidates.Count == 1) return (candidates[0].Key, candidates[0].Values, false);
        if (candidates.Count > 1)
        {
            throw new BadInputException(
                $"Reading {path}: it has tensors under {string.Join(", ", candidates.Select(c => $"'{PickleGlobals.Shown(c.Key)}'"))}, "
                + "and no key that says which are the model's. Choose with --weights KEY.");
        }
        var keys = root switch
        {
            PickleDictionary dictionary =>
                $"no state dict among its keys ({string.Join(", ", dictionary.Keys.Take(8).Select(k => PickleGlobals.Shown($"{k}")))})",
            OpaqueValue opaque => $"it holds '{opaque.Name}' without tensors that could be found; nothing of it was run",
            _ => "it holds no dictionary",
        };
        throw new BadInputException(
            $"Reading {path}: {keys}. Its tensors should lie under {string.Join(", ", Layouts.Take(3))} or at the top.");
    }

    private static List<CheckpointTensor> Tensors(PyTorchFile file, PickleDictionary state, List<string> problems, List<string> notes)
    {
        var (tensors, names, wrappers, others) = (new List<CheckpointTensor>(), new HashSet<string>(StringComparer.Ordinal),
            new HashSet<string>(StringComparer.Ordinal), new List<string>());
        foreach (var (key, value) in state)
        {
            if (key is not string given || given.Any(char.IsControl) || value is not PyTorchTensor tensor)
            {
                // What lies under a key of its own is said as such.
                if (value is not (PickleDictionary or OpaqueValue)) others.Add($"'{PickleGlobals.Shown($"{key}")}'");
                continue;
            }
            var bare = WeightNames.Bare(given);
            wrappers.UnionWith(WeightNames.WrappersIn(given));
            if (!names.Add(bare)) problems.Add($"'{PickleGlobals.Shown(given)}' is there twice once its prefixes are taken off");
            else tensors.Add(CheckpointTensor.Of(bare, file, tensor));
        }
        if (wrappers.Count > 0)
            notes.Add($"taken out of the names: {string.Join(", ", wrappers.Order(StringComparer.Ordinal).Select(w => $"'{w}'"))}");
        if (others.Count > 0)
            notes.Add(
                "no tensors and not needed: "
                + $"{string.Join(", ", others.Take(8))}{(others.Count > 8 ? $" and {others.Count - 8} more" : "")}");
        return tensors;
    }

    /// <summary>Averaged weights under a key of their own; those that are not averaged are as the model has them.</summary>
    private static List<CheckpointTensor> Average(
        PyTorchFile file, IReadOnlyList<(string Key, PickleDictionary Values)> sets, string layout, List<CheckpointTensor> model,
        List<string> notes)
    {
        if (WeightNames.IsAveraged(layout)) return [];
        foreach (var (key, values) in sets)
        {
            if (!WeightNames.IsAveraged(key)) continue;
            var averaged = Tensors(file, values, [], []).ToDictionary(t => t.Name, StringComparer.Ordinal);
            if (!model.Any(t => averaged.ContainsKey(t.Name))
                || model.Any(t => averaged.TryGetValue(t.Name, out var other) && !other.Shape.SequenceEqual(t.Shape)))
                continue;
            notes.Add($"averaged weights under '{PickleGlobals.Shown(key)}'");
            return [.. model.Select(t => averaged.GetValueOrDefault(t.Name, t))];
        }
        return [];
    }

    private static OptimizerContent Optimizer(PyTorchFile file, PickleDictionary optimizer, List<string> problems)
    {
        var (groups, moments) = (new List<OptimizerGroup>(), new Dictionary<long, OptimizerMoments>());
        foreach (var item in optimizer.Find("param_groups") as List<object?> ?? [])
        {
            if (item is PickleDictionary group && Group(group) is { } read) groups.Add(read);
            else problems.Add("a group of the optimizer's parameters lacks its lr or its params");
        }
        foreach (var (key, value) in optimizer.Find("state") as PickleDictionary ?? [])
        {
            if (key is long index && value is PickleDictionary state && state.Find("exp_avg") is PyTorchTensor first
                && state.Find("exp_avg_sq") is PyTorchTensor second
                && Number(file, state.Find("step")) is { } step)
            {
                moments.Add(
                    index,
                    new OptimizerMoments(
                        step, CheckpointTensor.Of($"{index}.exp_avg", file, first),
                        CheckpointTensor.Of($"{index}.exp_avg_sq", file, second)));
            }
            else
            {
                problems.Add($"the optimizer's state of parameter {PickleGlobals.Shown($"{key}")} lacks its step, exp_avg or exp_avg_sq");
            }
        }
        return new OptimizerContent(groups, moments);
    }

    private static OptimizerGroup? Group(PickleDictionary group)
    {
        if (Number(group.Find("lr")) is not { } rate || group.Find("params") is not List<object?> parameters
            || !parameters.TrueForAll(p => p is long))
            return null;
        var defaults = new OptimizerGroup { LearningRate = rate, Parameters = [.. parameters.Cast<long>()] };
        var betas = group.Find("betas") as IReadOnlyList<object?>;
        return defaults with
        {
            Beta1 = betas is { Count: 2 } ? Number(betas[0]) ?? defaults.Beta1 : defaults.Beta1,
            Beta2 = betas is { Count: 2 } ? Number(betas[1]) ?? defaults.Beta2 : defaults.Beta2,
            Epsilon = Number(group.Find("eps")) ?? defaults.Epsilon,
            WeightDecay = Number(group.Find("weight_decay")) ?? defaults.WeightDecay,
        };
    }

    private static double? Number(object? value) => value switch
    {
        double number => number,
        long number => number,
        _ => null,
    };

    /// <summary>Counts of steps are tensors since PyTorch 1.12, numbers before.</summary>
    private static double? Number(PyTorchFile file, object? value)
    {
        if (value is not PyTorchTensor { ElementCount: 1 } tensor) return Number(value);
        var bytes = file.Read(tensor);
        return tensor.Type switch
        {
            TensorType.F32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
            TensorType.F64 => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
            TensorType.I64 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
            _ => null,
        };
    }
}
