using PgmCluster.Data.PyTorch;
using PgmCluster.Data.Safetensors;

namespace PgmCluster.Data.Checkpoints;

/// <summary>
/// A checkpoint in the terms of the public code: iter, global_epoch, model_state_dict, optimizer_state_dict. Reads PyTorch files with any of the
/// usual containers of the state dict, safetensors files, and the checkpoints of this program. The prefixes that data-parallel and compiled
/// modules put before names (<c>module.</c>, <c>_orig_mod.</c>) are taken off.
/// </summary>
public sealed class ReferenceCheckpoint : IDisposable
{
    private readonly IDisposable _file;

    internal ReferenceCheckpoint(string path, IDisposable file, string container, string layout) => (Path, _file, Container, Layout) = (path, file, container, layout);

    public string Path { get; }

    /// <summary>"PyTorch zip", "PyTorch legacy", "safetensors" or "checkpoint folder".</summary>
    public string Container { get; }

    /// <summary>The key under which the state dict lies: "model_state_dict", "state_dict", "model", or "" where it is all there is.</summary>
    public string Layout { get; }

    /// <summary>Optimizer steps done; null where the file does not say.</summary>
    public long? Iter { get; internal init; }

    /// <summary>Passes over the data; null where the file does not say.</summary>
    public long? GlobalEpoch { get; internal init; }

    /// <summary>Parameters and buffers, in the order of the state dict.</summary>
    public IReadOnlyList<CheckpointTensor> Model { get; internal init; } = [];

    /// <summary>Averaged weights that lie beside the model's in a file of this program; empty elsewhere.</summary>
    public IReadOnlyList<CheckpointTensor> Average { get; internal init; } = [];

    /// <summary>Null where the file has none.</summary>
    public OptimizerContent? Optimizer { get; internal init; }

    /// <summary>The specification that this program wrote into the file, JSON; null elsewhere.</summary>
    public string? Specification { get; internal init; }

    /// <summary>What is odd about the content, one line each. The tensors that a problem names are left out above.</summary>
    public IReadOnlyList<string> Problems { get; internal init; } = [];

    /// <summary>Elements of all tensors of the model, tied ones counted once.</summary>
    public long ElementCount => Model.DistinctBy(t => t.Identity).Sum(t => t.Length / t.Type.SizeInBytes());

    /// <summary>Opens a file of any of these kinds, told by its content, or the folder of a checkpoint of this program.</summary>
    /// <exception cref="BadInputException">It is missing, none of these, or holds no state dict.</exception>
    /// <exception cref="DataCorruptException">It is truncated or damaged.</exception>
    public static ReferenceCheckpoint Open(string path)
    {
        if (Directory.Exists(path)) return CheckpointFolder.Open(path);
        var start = ReadStart(path);
        if (PyTorchFile.IsLike(start)) return PyTorchCheckpoint.Open(path);
        // Behind the header's length stands the header, a JSON object.
        if (start.Length > 8 && start[8] == '{') return SafetensorsCheckpoint.Open(path);
        throw new BadInputException($"Reading {path}: {new FileInfo(path).Length} bytes that begin neither like a PyTorch file nor like a safetensors file. Name a .pth, .pt, .ckpt or .safetensors file.");
    }

    public void Dispose() => _file.Dispose();

    /// <summary>A name without what wrappers put before it.</summary>
    internal static string Bare(string name)
    {
        while (true)
        {
            if (name.StartsWith("module.", StringComparison.Ordinal)) name = name["module.".Length..];
            else if (name.StartsWith("_orig_mod.", StringComparison.Ordinal)) name = name["_orig_mod.".Length..];
            else return name;
        }
    }

    private static byte[] ReadStart(string path)
    {
        try
        {
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            var start = new byte[(int)Math.Min(RandomAccess.GetLength(handle), 16)];
            ExactReads.Fill(handle, 0, start);
            return start;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"Reading {path}: {e.Message.TrimEnd('.')}. Name a checkpoint file that this user may read.", e);
        }
    }
}
