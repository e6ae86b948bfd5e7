using System.Globalization;
using System.Text.Json;
using PgmCluster.Data.Pickles;
using PgmCluster.Data.PyTorch;
using PgmCluster.Data.PyTorch.Writing;
using PgmCluster.Data.Safetensors;

namespace PgmCluster.Data.Checkpoints;

/// <summary>
/// Writes checkpoints under the public code's names. A PyTorch file is the dictionary that its trainer saves and loads. A safetensors file
/// without an optimizer has the model's plain names; with one, those of <see cref="SafetensorsCheckpoint"/>. Tensors go from file to file
/// in small parts.
/// </summary>
public static class ReferenceCheckpointWriter
{
    /// <summary>{iter, global_epoch, model_state_dict, optimizer_state_dict}, tied weights of one storage.</summary>
    public static void WritePyTorch(Stream stream, CheckpointContent content)
    {
        var model = new PickleDictionary(isOrderedDict: true);
        var written = new Dictionary<CheckpointTensor, TensorContent>(ReferenceEqualityComparer.Instance);
        foreach (var (tensor, source) in content.Model.Zip(TiedWeights.Resolve(content.Model)))
        {
            if (!written.TryGetValue(source, out var value)) written.Add(source, value = Content(source));
            model.Add(tensor.Name, value);
        }
        PyTorchWriter.Write(stream, new PickleDictionary
        {
            ["iter"] = content.Iter,
            ["global_epoch"] = content.GlobalEpoch,
            ["model_state_dict"] = model,
            ["optimizer_state_dict"] = content.Optimizer is null ? null : Optimizer(content.Optimizer),
        });
    }

    /// <summary>A safetensors file.</summary>
    public static void WriteSafetensors(Stream stream, CheckpointContent content)
    {
        var writer = new SafetensorsWriter();
        if (content.Specification is not null) writer.Metadata["specification"] = content.Specification;
        if (content.Optimizer is null)
        {
            writer.Metadata["iter"] = content.Iter.ToString(CultureInfo.InvariantCulture);
            Add(writer, "", content.Model);
        }
        else
        {
            writer.Metadata[SafetensorsCheckpoint.GroupsKey] = JsonSerializer.Serialize(content.Optimizer.Groups);
            writer.Add<long>("iter", [1], new[] { content.Iter });
            writer.Add<long>("global_epoch", [1], new[] { content.GlobalEpoch });
            Add(writer, SafetensorsCheckpoint.ModelPrefix, content.Model);
            foreach (var (index, moments) in content.Optimizer.State.OrderBy(s => s.Key))
            {
                var prefix = string.Create(CultureInfo.InvariantCulture, $"{SafetensorsCheckpoint.StatePrefix}{index}.");
                writer.Add<float>(prefix + "step", [], new[] { (float)moments.Step });
                writer.Add(prefix + "exp_avg", moments.First.Type, moments.First.Shape, moments.First.CopyTo);
                writer.Add(prefix + "exp_avg_sq", moments.Second.Type, moments.Second.Shape, moments.Second.CopyTo);
            }
        }
        writer.WriteTo(stream);
    }

    private static void Add(SafetensorsWriter writer, string prefix, IReadOnlyList<CheckpointTensor> tensors)
    {
        foreach (var tensor in tensors) writer.Add(prefix + tensor.Name, tensor.Type, tensor.Shape, tensor.CopyTo);
    }

    private static PickleDictionary Optimizer(OptimizerContent optimizer)
    {
        var state = new PickleDictionary();
        foreach (var (index, moments) in optimizer.State.OrderBy(s => s.Key))
        {
            state.Add(index, new PickleDictionary
            {
                ["step"] = new TensorContent(TensorType.F32, [], stream => stream.Write(BitConverter.GetBytes((float)moments.Step))),
                ["exp_avg"] = Content(moments.First),
                ["exp_avg_sq"] = Content(moments.Second),
            });
        }
        return new PickleDictionary { ["state"] = state, ["param_groups"] = new List<object?>(optimizer.Groups.Select(Group)) };
    }

    // All keys that torch.optim.AdamW saves: loading takes them over as they are.
    private static PickleDictionary Group(OptimizerGroup group) => new()
    {
        ["lr"] = group.LearningRate,
        ["betas"] = new object?[] { group.Beta1, group.Beta2 },
        ["eps"] = group.Epsilon,
        ["weight_decay"] = group.WeightDecay,
        ["amsgrad"] = false,
        ["foreach"] = null,
        ["maximize"] = false,
        ["capturable"] = false,
        ["differentiable"] = false,
        ["fused"] = null,
        ["params"] = new List<object?>(group.Parameters.Select(p => (object?)p)),
    };

    private static TensorContent Content(CheckpointTensor tensor) => new(tensor.Type, tensor.Shape, tensor.CopyTo);
}
