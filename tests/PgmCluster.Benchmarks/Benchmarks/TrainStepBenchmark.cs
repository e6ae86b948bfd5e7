using PgmCluster.Benchmarks.Harness;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Tokens;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Training;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Partition;
using static TorchSharp.torch;

namespace PgmCluster.Benchmarks.Benchmarks;

/// <summary>
/// Training steps of the quickstart's model as runs do them, beside a plain matrix product on the same cores in the same rounds.
/// </summary>
public sealed class TrainStepBenchmark : IBenchmark
{
    private const int Side = 1024, Products = 20, Steps = 5, Pictures = 4096;

    public string Name => "train-step";

    public string Description => "training step of preset pgm-fashion, GFLOP/s beside a 1024-square product";

    public IEnumerable<Comparison> Run(BenchmarkOptions options)
    {
        var directory = Directory.CreateTempSubdirectory("pgm-benchmark-").FullName;
        try
        {
            var store = new DirectoryArtifactStore(directory);
            var facts = new DataFacts { Classes = 10, Codebook = 256, Height = 7, Width = 7 };
            var resolved = new SpecificationResolver().Resolve("pgm-fashion", new Dictionary<string, string>(), 0, facts);
            var specification = SpecificationJson.Parse(resolved.Json);
            var work = new TrainWork
            {
                RunId = "run",
                Specification = resolved.Json,
                SpecificationSha256 = resolved.Sha256,
                Tokens = [Tokens(store, facts)],
            };
            var context = new WorkContext { Generation = 1, Device = ComputeDevice.Cpu(), Cores = options.Cores, Artifacts = store };

            using var task = ModelKinds.Get("pgm").CreateTask(specification, work, context);
            using var state = new TrainingState(task.Model, specification.Training, specification.Numerics);
            using var step = new TrainingStep(specification, task, state, options.Cores);
            using var wide = new ComputeLanes(1, specification.Numerics.Threads, "bench");
            using var scope = NewDisposeScope();
            var (a, b) = (rand(Side, Side), rand(Side, Side));
            var settings = ((PartitionTransformer)task.Model).Settings;
            yield return Comparison.Of($"Training, {specification.Preset}, {options.Cores} cores", options.Rounds,
                new Variant($"{Products} products of {Side} x {Side}", () => wide.Run(1, (_, _) =>
                {
                    // Set back afterwards: for MKL the number is one of the whole process, so the steps' lanes would have it too.
                    set_num_threads(options.Cores);
                    for (var i = 0; i < Products; i++) a.mm(b).Dispose();
                    set_num_threads(specification.Numerics.Threads);
                }), Products * 2e-9 * Side * Side * Side),
                new Variant($"{Steps} steps", () =>
                {
                    for (var i = 0; i < Steps; i++) step.Run();
                }, Steps * GflopPerStep(settings, specification.Training.BatchSize)));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>
    /// Multiply-adds of the matrix products of a forward pass times 6: two operations each, and twice as many again going backward.
    /// </summary>
    internal static double GflopPerStep(PartitionTransformerSettings s, int batch)
    {
        var (h, keys, queries) = ((double)s.Hidden, (double)s.Length + s.Registers, (double)s.Tokens);
        var blocks = s.EncoderBlocks + s.DecoderBlocks;
        var modulations = 6.0 * h * h * blocks + 2 * h * h;
        var encoder = s.EncoderBlocks * keys * ((4 + 2 * s.MlpRatio) * h * h + 2 * keys * h);
        var swap = keys * 2 * h * h + queries * (h * h + 2 * keys * h);
        var decoder = s.DecoderBlocks * (keys * 2 * h * h + queries * ((2 + 2 * s.MlpRatio) * h * h + 2 * keys * h));
        var output = queries * h * s.Vocabulary;
        return 6e-9 * batch * (modulations + encoder + swap + decoder + output);
    }

    private static ArtifactInfo Tokens(DirectoryArtifactStore store, DataFacts facts)
    {
        var random = new Random(0);
        var shard = new TokenShardWriter(facts.Height, facts.Width, Pictures);
        var codes = new ushort[facts.Height * facts.Width];
        for (var i = 0; i < Pictures; i++)
        {
            for (var j = 0; j < codes.Length; j++) codes[j] = (ushort)random.Next(facts.Codebook);
            shard.Add(codes, i % facts.Classes);
        }
        return store.Write("tokens.safetensors", shard.WriteTo);
    }
}
