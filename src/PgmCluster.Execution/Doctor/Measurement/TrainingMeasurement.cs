using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Tokens;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Training;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Runtime;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Doctor.Measurement;

/// <summary>Training steps as runs take them, on made-up tokens: what they are does not change the speed.</summary>
internal static class TrainingMeasurement
{
    /// <param name="specification">Of kind "pgm", "pgm-once" or "maskgit".</param>
    /// <param name="device">Where it is trained; all its cores are lanes.</param>
    /// <param name="product">The rate of products in the same type, in 10^12 a second.</param>
    /// <param name="time">For which steps are timed, three at least.</param>
    /// <param name="cancellation">Looked at between steps.</param>
    public static TrainingRate Run(
        TrainingSpecification specification, ComputeDevice device, double product, TimeSpan time, CancellationToken cancellation)
    {
        var directory = Directory.CreateTempSubdirectory("pgm-doctor-").FullName;
        try
        {
            using var scope = NewDisposeScope();
            var store = new DirectoryArtifactStore(directory);
            var work = new TrainWork
            {
                RunId = "doctor",
                Specification = SpecificationJson.ToObject(specification).ToJsonString(),
                SpecificationSha256 = "",
                Tokens = [Tokens(store, specification)],
            };
            var context = new WorkContext { Generation = 1, Device = device, Cores = device.Threads, Artifacts = store };
            using var task = ModelKinds.Get(specification.Kind).CreateTask(specification, work, context);
            using var state = new TrainingState(task.Model, specification.Training, specification.Numerics);
            using var step = new TrainingStep(specification, task, state, device.Threads, device.Name);
            DeviceMemory.ResetPeak();
            long reads = 0, steps = 0;
            var (seconds, timed) = Timing.Median(() =>
            {
                var before = HostRead.Count;
                step.Run();
                (reads, steps) = (reads + HostRead.Count - before, steps + 1);
            }, time, cancellation);
            var t = specification.Training;
            var tokens = ModelFiles.AsTokenModel(task.Model);
            var n = tokens.Tokens;
            var forward = tokens.BeginOperations + tokens.ExtendOperations(0, n) + tokens.Operations(n, n);
            var teraflops = 3e-12 * t.BatchSize * forward / seconds;
            return new TrainingRate
            {
                Preset = specification.Preset,
                Parameters = StateDict.Of(task.Model).Parameters.Sum(p => p.Tensor.numel()),
                BatchSize = t.BatchSize,
                MicroBatches = t.MicroBatches,
                Recompute = t.Recompute,
                Precision = specification.Numerics.Precision,
                Steps = timed,
                StepsPerSecond = 1 / seconds,
                TeraflopsPerSecond = teraflops,
                ShareOfProduct = teraflops / product,
                HostReadsPerStep = reads / (double)steps,
                PeakMegabytes = DeviceMemory.PeakMegabytes(device),
            };
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static ArtifactInfo Tokens(DirectoryArtifactStore store, TrainingSpecification specification)
    {
        var (model, data, count) = (specification.Model, specification.Data, 2 * specification.Training.BatchSize);
        var (codebook, classes) = (model["codebook"]!.GetValue<int>(), model["classes"]!.GetValue<int>());
        var random = new Random(0);
        var shard = new TokenShardWriter(data.Height, data.Width, count);
        var cells = Enumerable.Range(0, data.Height * data.Width);
        for (var i = 0; i < count; i++) shard.Add([.. cells.Select(_ => (ushort)random.Next(codebook))], i % classes);
        return store.Write("tokens.safetensors", shard.WriteTo);
    }
}
