using System.Globalization;
using PgmCluster.Data.Safetensors;

namespace PgmCluster.Data.Checkpoints;

/// <summary>Finds the parts of a checkpoint in a folder that a training run of this program wrote.</summary>
internal static class CheckpointFolder
{
    public const string ModelFile = "model.safetensors", OptimizerFile = "optimizer.safetensors", AverageFile = "ema.safetensors",
        ManifestFile = "manifest.json";

    private const string FirstPrefix = "exp_avg.", SecondPrefix = "exp_avg_sq.";

    public static ReferenceCheckpoint Open(string folder, string? weights)
    {
        // The manifest is written last: without it the other files are nothing.
        if (!File.Exists(System.IO.Path.Combine(folder, ManifestFile)))
            throw new BadInputException(
                $"Reading {folder}: a directory without {ManifestFile}, so no checkpoint. "
                + "Name a checkpoint file, or the folder of a run's checkpoint.");
        var files = new OpenFiles();
        try
        {
            var model = files.Open(folder, ModelFile);
            var optimizer = files.Open(folder, OptimizerFile);
            var average = File.Exists(System.IO.Path.Combine(folder, AverageFile)) ? files.Open(folder, AverageFile) : null;
            if (!long.TryParse(model.Metadata.GetValueOrDefault("step"), NumberStyles.None, CultureInfo.InvariantCulture, out var step))
                throw new DataCorruptException($"Reading {model.Path}: its metadata do not say the step. Use another checkpoint.");
            IReadOnlyList<CheckpointTensor> tensors = [.. model.Entries.Select(e => CheckpointTensor.Of(e.Name, model, e))];
            IReadOnlyList<CheckpointTensor> averaged = average is null ? [] : [.. model.Entries.Select(e => Averaged(average, model, e))];
            return new ReferenceCheckpoint(folder, files, "checkpoint folder", weights ?? "")
            {
                Iter = step,
                Model = weights is null ? tensors : WeightPrefix.Take(folder, tensors, averaged, weights, []),
                Average = weights is null ? averaged : [],
                Optimizer = weights is null ? Optimizer(optimizer, step) : null,
                Specification = model.Metadata.GetValueOrDefault("specification"),
            };
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>Only parameters are averaged; buffers are as the model has them.</summary>
    private static CheckpointTensor Averaged(SafetensorsFile average, SafetensorsFile model, TensorEntry entry)
    {
        var stored = TiedWeights.FirstNameOf(entry.Name) is { } first && average.Contains(first) && !average.Contains(entry.Name)
            ? first
            : entry.Name;
        return average.Contains(stored)
            ? CheckpointTensor.Of(entry.Name, average, average[stored])
            : CheckpointTensor.Of(entry.Name, model, entry);
    }

    /// <summary>The file lists the parameters in their order, so their places in it are their indices.</summary>
    private static OptimizerContent Optimizer(SafetensorsFile file, long step)
    {
        var names = file.Entries.Where(e => e.Name.StartsWith(FirstPrefix, StringComparison.Ordinal)).Select(
            e => e.Name[FirstPrefix.Length..]);
        return new OptimizerContent([], names
            .Select(
                name => new OptimizerMoments(
                    step, CheckpointTensor.Of(FirstPrefix + name, file, file[FirstPrefix + name]),
                    CheckpointTensor.Of(SecondPrefix + name, file, file[SecondPrefix + name])))
            .Select((moments, index) => (Index: (long)index, Moments: moments)).ToDictionary(p => p.Index, p => p.Moments));
    }

    private sealed class OpenFiles : IDisposable
    {
        private readonly List<SafetensorsFile> _files = [];

        public SafetensorsFile Open(string folder, string name)
        {
            try
            {
                _files.Add(SafetensorsFile.Open(System.IO.Path.Combine(folder, name)));
                return _files[^1];
            }
            catch (IOException e)
            {
                throw new DataCorruptException($"Reading {folder}: {e.Message.TrimEnd('.')}. Use another checkpoint.", e);
            }
        }

        public void Dispose()
        {
            foreach (var file in _files) file.Dispose();
        }
    }
}
