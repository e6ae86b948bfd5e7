using PgmCluster.Data.Artifacts;
using PgmCluster.Data.PyTorch;
using PgmCluster.Data.Safetensors;

namespace PgmCluster.Data.Checkpoints;

/// <summary>
/// A checkpoint in the terms of the public code: iter, global_epoch, model_state_dict, optimizer_state_dict. Reads PyTorch files with any
/// of the usual containers of the state dict, safetensors files, the index of a file in shards, and the checkpoints of this program. The
/// segments that data-parallel and compiled modules put into names (<c>module</c>, <c>_orig_mod</c>) are taken out.
/// </summary>
public sealed class ReferenceCheckpoint : IDisposable
{
    private readonly IDisposable _file;

    internal ReferenceCheckpoint(string path, IDisposable file, string container, string layout) =>
        (Path, _file, Container, Layout) = (path, file, container, layout);

    public string Path { get; }

    /// <summary>"PyTorch zip", "PyTorch legacy", "safetensors", "checkpoint folder", or "2 shards, safetensors" and the like.</summary>
    public string Container { get; }

    /// <summary>
    /// The key under which the state dict lies, such as "model_state_dict", "state_dict", "model", "ema"; "" where it is all there is.
    /// </summary>
    public string Layout { get; }

    /// <summary>Optimizer steps done; null where the file does not say.</summary>
    public long? Iter { get; internal init; }

    /// <summary>Passes over the data; null where the file does not say.</summary>
    public long? GlobalEpoch { get; internal init; }

    /// <summary>Parameters and buffers, in the order of the state dict.</summary>
    public IReadOnlyList<CheckpointTensor> Model { get; internal init; } = [];

    /// <summary>Averaged weights that lie beside the model's, one for each of these; empty where there are none.</summary>
    public IReadOnlyList<CheckpointTensor> Average { get; internal init; } = [];

    /// <summary>Null where the file has none.</summary>
    public OptimizerContent? Optimizer { get; internal init; }

    /// <summary>The specification that this program wrote into the file, JSON; null elsewhere.</summary>
    public string? Specification { get; internal init; }

    /// <summary>What is odd about the content, one line each. The tensors that a problem names are left out above.</summary>
    public IReadOnlyList<string> Problems { get; internal set; } = [];

    /// <summary>What a user should know about the content though nothing is wrong with it, one line each.</summary>
    public IReadOnlyList<string> Notes { get; internal init; } = [];

    /// <summary>Dictionaries of tensors that the weights can be chosen from.</summary>
    public IReadOnlyList<WeightSet> Sets { get; internal init; } = [];

    /// <summary>What lies beside the tensors and is not read.</summary>
    public IReadOnlyList<UnreadValue> Unread { get; internal init; } = [];

    /// <summary>Elements of all tensors of the model, tied ones counted once.</summary>
    public long ElementCount => Model.DistinctBy(t => t.Identity).Sum(t => t.Length / t.Type.SizeInBytes());

    /// <summary>
    /// Opens a file of any of these kinds, told by its content, the folder of a checkpoint of this program, or a folder with an index of
    /// shards.
    /// </summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="weights">The key under which the weights lie, or the prefix of their names; null for the usual ones.</param>
    /// <exception cref="BadInputException">It is missing, none of these, or holds no state dict.</exception>
    /// <exception cref="DataCorruptException">It is truncated or damaged.</exception>
    public static ReferenceCheckpoint Open(string path, string? weights = null)
    {
        if (Directory.Exists(path))
            return CheckpointIndex.In(path) is { } index ? CheckpointIndex.Open(index, weights) : CheckpointFolder.Open(path, weights);
        return CheckpointIndex.IsLike(path)
            ? CheckpointIndex.Open(path, weights)
            : OpenFile(path, weights, CheckpointIndex.LoneShard(path));
    }

    /// <summary>Opens a file of the store, told by its content; it stays open when the artifact is disposed.</summary>
    /// <inheritdoc cref="Open(string, string)"/>
    public static ReferenceCheckpoint Open(FetchedArtifact artifact, string? weights = null) =>
        OpenFile(artifact.Path, weights, shown: artifact.Place);

    /// <summary>Opens a copy of a file, told by its content.</summary>
    /// <param name="path">The copy.</param>
    /// <param name="place">Where the file itself lies, for messages.</param>
    /// <param name="weights">As for <see cref="Open(string, string)"/>.</param>
    /// <inheritdoc cref="Open(string, string)"/>
    public static ReferenceCheckpoint OpenCopy(string path, string place, string? weights = null) => OpenFile(path, weights, shown: place);

    /// <param name="path">A file.</param>
    /// <param name="weights">As for <see cref="Open(string, string)"/>.</param>
    /// <param name="problem">What is known to be wrong with it beforehand.</param>
    /// <param name="shown">What messages call it, if not by its path.</param>
    internal static ReferenceCheckpoint OpenFile(string path, string? weights = null, string? problem = null, string? shown = null)
    {
        shown ??= path;
        var (start, length) = ReadStart(path, shown);
        ReferenceCheckpoint opened;
        if (PyTorchFile.IsLike(start)) opened = PyTorchCheckpoint.Of(PyTorchFile.Open(path, shown), weights);
        // Behind the header's length stands the header, a JSON object.
        else if (start.Length > 8 && start[8] == '{') opened = SafetensorsCheckpoint.Of(SafetensorsFile.Open(path, shown), weights);
        else throw new BadInputException(
            $"Reading {shown}: {length} bytes that begin neither like a PyTorch file nor like a safetensors file. "
            + "Name a .pth, .pt, .ckpt or .safetensors file.");
        if (problem is not null) opened.Problems = [problem, .. opened.Problems];
        return opened;
    }

    public void Dispose() => _file.Dispose();

    private static (byte[] Start, long Length) ReadStart(string path, string shown)
    {
        try
        {
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            var length = RandomAccess.GetLength(handle);
            var start = new byte[(int)Math.Min(length, 16)];
            ExactReads.Fill(handle, 0, start);
            return (start, length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"Reading {shown}: {e.Message.TrimEnd('.')}. Name a checkpoint file that this user may read.", e);
        }
    }
}
