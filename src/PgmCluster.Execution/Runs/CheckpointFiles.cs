using System.Text.Json;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Runs;

/// <summary>Writing, checking and reading checkpoints. The manifest is written last: without it the other files are nothing.</summary>
public static class CheckpointFiles
{
    /// <summary>Writes a snapshot. May run on any thread.</summary>
    public static CheckpointRecord Write(IArtifactStore store, CheckpointSnapshot snapshot, TrainWork work, long generation)
    {
        var folder = RunFiles.CheckpointFolder(work.RunId, snapshot.Step, generation);
        var metadata = new Dictionary<string, string>
        {
            ["run"] = work.RunId,
            ["step"] = snapshot.Step.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["specification"] = work.Specification,
        };
        ArtifactInfo File(string name, IEnumerable<(string, Tensor)> tensors) =>
            store.Write(folder + name, CheckpointSnapshot.Writer(tensors, metadata).WriteTo);

        var manifest = new CheckpointManifest
        {
            RunId = work.RunId,
            Step = snapshot.Step,
            Generation = generation,
            SpecificationSha256 = work.SpecificationSha256,
            Model = File("model.safetensors", snapshot.Model),
            Optimizer = File("optimizer.safetensors", snapshot.Optimizer),
            Ema = snapshot.Ema is null ? null : File("ema.safetensors", snapshot.Ema),
        };
        var json = JsonSerializer.SerializeToUtf8Bytes(manifest, WorkJson.Options);
        var written = store.Write(folder + "manifest.json", stream => stream.Write(json));
        return new CheckpointRecord(snapshot.Step, generation, written);
    }

    /// <summary>Loads the first record that is whole into the state.</summary>
    /// <param name="store">Where they are.</param>
    /// <param name="records">Newest first.</param>
    /// <param name="state">To be filled.</param>
    /// <param name="specificationSha256">What the run computes; another specification's checkpoint is refused.</param>
    /// <param name="damaged">Told of each record that is torn or tampered with.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>The record used; null if none is whole.</returns>
    public static CheckpointRecord? LoadNewest(
        IArtifactStore store, IEnumerable<CheckpointRecord> records, TrainingState state, string specificationSha256,
        Action<CheckpointRecord, string>? damaged = null, CancellationToken cancellation = default)
    {
        foreach (var record in records)
        {
            using var files = FetchedCheckpoint.Open(store, record, cancellation);
            if (files.Problem is { } problem)
            {
                damaged?.Invoke(record, problem);
                continue;
            }
            if (files.Manifest.SpecificationSha256 != specificationSha256)
                throw new BadInputException(
                    $"Resuming from {record.Manifest.Name}: it belongs to another specification. Start a new run instead.");
            Load(files, state);
            return record;
        }
        return null;
    }

    private static void Load(FetchedCheckpoint files, TrainingState state)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using (var model = files.OpenModel()) WeightsFile.Load(state.Weights, model);
        using (var optimizer = files.OpenOptimizer())
        {
            foreach (var (name, tensor) in state.Named(state.Optimizer.FirstMoment))
                WeightsFile.ReadInto(tensor, optimizer, "exp_avg." + name);
            foreach (var (name, tensor) in state.Named(state.Optimizer.SecondMoment))
                WeightsFile.ReadInto(tensor, optimizer, "exp_avg_sq." + name);
        }
        using (var ema = state.Average is null ? null : files.OpenEma())
        {
            if (ema is not null)
                foreach (var (name, tensor) in state.Named(state.Average!.Values)) WeightsFile.ReadInto(tensor, ema, name);
        }
        state.Step = files.Manifest.Step;
    }
}
