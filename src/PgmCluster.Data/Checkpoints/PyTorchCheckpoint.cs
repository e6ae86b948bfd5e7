using System.Buffers.Binary;
using PgmCluster.Data.PyTorch;
using PgmCluster.Data.Safetensors;

namespace PgmCluster.Data.Checkpoints;

/// <summary>Finds the parts of a checkpoint among the values of a PyTorch file.</summary>
internal static class PyTorchCheckpoint
{
    private static readonly string[] Layouts = ["model_state_dict", "state_dict", "model"];

    public static ReferenceCheckpoint Open(string path)
    {
        var file = PyTorchFile.Open(path);
        try
        {
            if (file.Root is not PickleDictionary root) throw new BadInputException($"Reading {path}: it holds no dictionary. Name a file that holds a state dict.");
            var layout = Layouts.FirstOrDefault(key => root.Find(key) is PickleDictionary) ?? "";
            var state = layout.Length > 0 ? (PickleDictionary)root.Find(layout)! : root;
            var problems = new List<string>();
            var model = Tensors(file, state, problems);
            if (model.Count == 0)
            {
                throw new BadInputException(
                    $"Reading {path}: no state dict among its keys ({string.Join(", ", root.Keys.Take(8).Select(k => PickleGlobals.Shown($"{k}")))}). Its tensors should lie under {string.Join(", ", Layouts)} or at the top.");
            }
            return new ReferenceCheckpoint(path, file, file.Container == PyTorchContainer.Zip ? "PyTorch zip" : "PyTorch legacy", layout)
            {
                Iter = root.Find("iter") as long?,
                GlobalEpoch = root.Find("global_epoch") as long?,
                Model = model,
                Optimizer = layout.Length > 0 && root.Find("optimizer_state_dict") is PickleDictionary optimizer ? Optimizer(file, optimizer, problems) : null,
                Problems = problems,
            };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static List<CheckpointTensor> Tensors(PyTorchFile file, PickleDictionary state, List<string> problems)
    {
        var (tensors, names) = (new List<CheckpointTensor>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var (key, value) in state)
        {
            if (key is not string given || given.Any(char.IsControl) || value is not PyTorchTensor tensor) problems.Add($"'{PickleGlobals.Shown($"{key}")}' is no tensor");
            else if (!names.Add(ReferenceCheckpoint.Bare(given))) problems.Add($"'{PickleGlobals.Shown(given)}' is there twice once its prefixes are taken off");
            else tensors.Add(CheckpointTensor.Of(ReferenceCheckpoint.Bare(given), file, tensor));
        }
        return tensors;
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
            if (key is long index && value is PickleDictionary state && state.Find("exp_avg") is PyTorchTensor first && state.Find("exp_avg_sq") is PyTorchTensor second
                && Number(file, state.Find("step")) is { } step)
            {
                moments.Add(index, new OptimizerMoments(step, CheckpointTensor.Of($"{index}.exp_avg", file, first), CheckpointTensor.Of($"{index}.exp_avg_sq", file, second)));
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
        if (Number(group.Find("lr")) is not { } rate || group.Find("params") is not List<object?> parameters || !parameters.TrueForAll(p => p is long)) return null;
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
