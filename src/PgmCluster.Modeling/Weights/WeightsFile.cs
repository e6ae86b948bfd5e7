using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Checkpoints;
using PgmCluster.Data.Safetensors;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Weights;

/// <summary>
/// Reading tensors and whole models from files, and writing models. Where file and tensor have the same type, the bytes go straight into
/// the tensor's memory, so that loading a model takes no more than the model; floating-point types are converted into each other otherwise
/// (half into float32).
/// </summary>
public static class WeightsFile
{
    /// <summary>Bytes of one read, a multiple of every element's size.</summary>
    private const long PartLength = 1 << 28;

    /// <summary>One tensor, on the CPU.</summary>
    public static Tensor Read(SafetensorsFile file, string name) => Read(CheckpointTensor.Of(name, file, file[name]));

    /// <summary>One tensor in the file's own type, on the CPU.</summary>
    public static Tensor Read(CheckpointTensor source)
    {
        var tensor = empty(source.Shape, dtype: TensorTypes.Of(source.Type), device: CPU);
        ReadInto(tensor, source);
        return tensor;
    }

    /// <summary>Fills a tensor from one of the same shape.</summary>
    public static void ReadInto(Tensor destination, SafetensorsFile file, string name) =>
        ReadInto(destination, CheckpointTensor.Of(name, file, file[name]));

    /// <summary>Fills a tensor from one of the same shape.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static void ReadInto(Tensor destination, CheckpointTensor source)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        if (!destination.shape.SequenceEqual(source.Shape))
            throw new ArgumentException(
                $"'{source.Name}' is [{string.Join(',', source.Shape)}], the destination [{string.Join(',', destination.shape)}].",
                nameof(source));
        if (destination.dtype != TensorTypes.Of(source.Type) || destination.device_type != TorchSharp.DeviceType.CPU
            || !destination.is_contiguous())
        {
            destination.copy_(Read(source));
            return;
        }
        var flat = destination.detach().view(-1);
        var size = source.Length / Math.Max(1, flat.numel());
        for (long at = 0; at < source.Length; at += PartLength)
        {
            // A span holds less than 2 GB.
            var length = Math.Min(PartLength, source.Length - at);
            using var part = flat.narrow(0, at / size, length / size);
            source.Read(at, part.bytes);
        }
    }

    /// <summary>
    /// Writes a model as a safetensors file that <see cref="Load(StateDict, SafetensorsFile, string)"/> reads, whole or not at all.
    /// </summary>
    /// <param name="state">The model's state. Of a tied parameter every name is written.</param>
    /// <param name="path">The file, replaced if it exists.</param>
    /// <param name="metadata">Kept in the file's header, such as how the model is built; null for none.</param>
    /// <exception cref="StorageFullException">No room; nothing has changed.</exception>
    public static void Save(StateDict state, string path, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var writer = new SafetensorsWriter();
        foreach (var (key, value) in metadata ?? new Dictionary<string, string>()) writer.Metadata[key] = value;
        foreach (var (name, tensor, _) in state.Entries)
            writer.Add(name, TensorTypes.Of(tensor.dtype), tensor.shape, stream => Write(tensor, stream));
        AtomicFile.Write(path, writer.WriteTo);
    }

    private static void Write(Tensor tensor, Stream stream)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var flat = HostRead.Copy(tensor).view(-1);
        var elements = PartLength / Math.Max(1, flat.element_size());
        for (long at = 0; at < flat.numel(); at += elements)
        {
            // A span holds less than 2 GB.
            using var part = flat.narrow(0, at, Math.Min(elements, flat.numel() - at));
            stream.Write(part.bytes);
        }
    }

    /// <summary>Fills a model. Names and shapes must fit exactly; all differences are listed at once.</summary>
    /// <param name="state">The model's state.</param>
    /// <param name="file">Where the tensors are.</param>
    /// <param name="prefix">
    /// Put before each of the model's names; entries without it are not looked at. Without a prefix, surplus entries are not either.
    /// </param>
    /// <exception cref="BadInputException">Missing, surplus or misshapen tensors.</exception>
    public static void Load(StateDict state, SafetensorsFile file, string prefix = "") => Load(
        state,
        file.Entries.Where(e => prefix.Length > 0 ? e.Name.StartsWith(prefix, StringComparison.Ordinal) : state.Contains(e.Name))
            .Select(e => CheckpointTensor.Of(e.Name[prefix.Length..], file, e)),
        file.Path);

    /// <summary>Fills a model. Names, shapes and kinds of numbers must fit exactly; all differences are listed at once.</summary>
    /// <param name="state">The model's state.</param>
    /// <param name="tensors">One for each of the model's entries, under the same name.</param>
    /// <param name="source">The file's name, for the message.</param>
    /// <exception cref="BadInputException">Missing, surplus or misshapen tensors. The model is as it was.</exception>
    /// <exception cref="DataCorruptException">The file is damaged.</exception>
    public static void Load(StateDict state, IEnumerable<CheckpointTensor> tensors, string source)
    {
        var given = tensors.ToList();
        Check(state, given, source);
        var byName = given.ToDictionary(t => t.Name, StringComparer.Ordinal);
        foreach (var (name, tensor, _) in state.Entries) ReadInto(tensor, byName[name]);
    }

    /// <summary>Compares names, shapes and kinds of numbers with a model's, without reading a tensor.</summary>
    /// <exception cref="BadInputException">Missing, surplus or misshapen tensors.</exception>
    public static void Check(StateDict state, IEnumerable<CheckpointTensor> tensors, string source)
    {
        var problems = Differences(state, tensors.ToDictionary(t => t.Name, StringComparer.Ordinal));
        if (problems.Count > 0)
            throw new BadInputException(
                $"Loading weights from {source}: {string.Join("; ", problems)}. Use weights that were made with this model's settings.");
    }

    private static List<string> Differences(StateDict state, Dictionary<string, CheckpointTensor> tensors)
    {
        var problems = new List<string>();
        foreach (var (name, tensor, _) in state.Entries)
        {
            if (!tensors.TryGetValue(name, out var given)) problems.Add($"{name} is missing");
            else if (!given.Shape.SequenceEqual(tensor.shape))
                problems.Add($"{name} is [{string.Join(',', given.Shape)}] instead of [{string.Join(',', tensor.shape)}]");
            else if (IsReal(TensorTypes.Of(given.Type)) != IsReal(tensor.dtype))
                problems.Add($"{name} holds {given.Type.SafetensorsName()} instead of {TensorTypes.Of(tensor.dtype).SafetensorsName()}");
        }
        problems.AddRange(tensors.Keys.Where(name => !state.Contains(name)).Select(name => $"{name} is not part of the model"));
        return problems;
    }

    private static bool IsReal(ScalarType type) =>
        type is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64;
}
