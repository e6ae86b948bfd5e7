using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Checkpoints;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Partition;

namespace PgmCluster.Execution.Runs;

/// <summary>Writes any readable checkpoint as one that the public code, PyTorch or other programs read.</summary>
public static class CheckpointExport
{
    private static readonly string[] PyTorchExtensions = [".pth", ".pt", ".ckpt"];

    /// <summary>What can be written, by the file's extension.</summary>
    /// <exception cref="BadInputException">Another extension.</exception>
    public static void CheckExtension(string path)
    {
        if (!PyTorchExtensions.Contains(Extension(path)) && Extension(path) != ".safetensors")
            throw new BadInputException(
                $"Writing {path}: '{Path.GetExtension(path)}' is no kind of checkpoint. "
                + "End the name with .pth, .pt, .ckpt or .safetensors.");
    }

    /// <summary>Writes a file, durably and as a whole.</summary>
    /// <param name="source">What to write.</param>
    /// <param name="path">The file; its extension says the format.</param>
    /// <param name="average">The averaged weights instead of the last ones.</param>
    /// <param name="optimizer">The optimizer's state as well.</param>
    /// <param name="cancellation">Ends the writing; then nothing has changed.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="BadInputException">
    /// The source lacks what was asked for, the extension is unknown, or a model of this shape has no form in the public code.
    /// </exception>
    /// <exception cref="DataCorruptException">The source is damaged. Nothing has changed.</exception>
    public static CheckpointContent Write(
        ReferenceCheckpoint source, string path, bool average = false, bool optimizer = false, CancellationToken cancellation = default)
    {
        CheckExtension(path);
        if (source.Problems.Count > 0)
            throw new BadInputException(
                $"Exporting {source.Path}: {string.Join("; ", source.Problems)}. Only checkpoints without problems are exported.");
        if (average && source.Average.Count == 0)
            throw new BadInputException($"Exporting {source.Path}: it has no averaged weights. Leave out --ema.");
        var specification = source.Specification is null ? null : SpecificationJson.Parse(source.Specification);
        if (PyTorchExtensions.Contains(Extension(path)) && specification is not null && SharesCrossKeyValues(specification))
            throw new BadInputException(
                $"Exporting {source.Path} to {path}: its cross blocks share one projection to keys and values (model.crossKeyValues = "
                + "shared), and the public code's model has one in each block. End the name with .safetensors, which this program reads.");
        var content = new CheckpointContent
        {
            // Weights of a run are written after its last step.
            Iter = source.Iter ?? specification?.Training.Steps ?? 0,
            GlobalEpoch = source.GlobalEpoch ?? 0,
            Model = average ? source.Average : source.Model,
            Optimizer = optimizer ? Optimizer(source, specification) : null,
            Specification = source.Specification,
        };
        AtomicFile.Write(path, stream =>
        {
            if (PyTorchExtensions.Contains(Extension(path))) ReferenceCheckpointWriter.WritePyTorch(stream, content);
            else ReferenceCheckpointWriter.WriteSafetensors(stream, content);
        }, cancellation);
        return content;
    }

    private static bool SharesCrossKeyValues(TrainingSpecification specification) =>
        ModelKinds.Get(specification.Kind).SettingsType == typeof(PartitionTransformerSettings)
        && SpecificationJson.Read<PartitionTransformerSettings>(specification.Model).SharesCrossKeyValues;

    private static OptimizerContent Optimizer(ReferenceCheckpoint source, TrainingSpecification? specification)
    {
        if (source.Optimizer is null)
            throw new BadInputException(
                $"Exporting {source.Path}: it has no optimizer. Leave out --optimizer, or name a checkpoint of a run.");
        if (source.Optimizer.Groups.Count > 0) return source.Optimizer;
        if (specification is null)
            throw new BadInputException(
                $"Exporting {source.Path}: it does not say the optimizer's settings, which its state is saved with. "
                + "Leave out --optimizer, or name a newer checkpoint.");
        return source.Optimizer with
        {
            Groups = [ReferenceOptimizer.Group(specification.Training, source.Iter ?? 0,
            source.Optimizer.State.Count)]
        };
    }

    private static string Extension(string path) => Path.GetExtension(path).ToLowerInvariant();
}
