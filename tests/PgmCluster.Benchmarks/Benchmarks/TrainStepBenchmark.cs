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

/// <summary>Training steps of the quickstart's model as runs do them, in turn with something else on the same cores.</summary>
public sealed class TrainStepBenchmark : IBenchmark
{
    private const int Side = 1024, Products = 20, Steps = 5, Pictures = 4096;
    private static readonly (int Hidden, int Heads, int Steps) Small = (128, 4, Steps), Published = (768, 12, 1);
    private readonly string? _key;
    private readonly (int Hidden, int Heads, int Steps)[] _sizes;

    private TrainStepBenchmark(string name, string description, string? key, params (int Hidden, int Heads, int Steps)[] sizes) =>
        (Name, Description, _key, _sizes) = (name, description, key, sizes);

    /// <summary>Beside a plain matrix product.</summary>
    public static TrainStepBenchmark Products1024 { get; } =
        new("train-step", "training step of preset pgm-fashion, GFLOP/s beside a 1024-square product", key: null, Small);

    /// <summary>In float32 and in bfloat16.</summary>
    public static TrainStepBenchmark Precision { get; } =
        new("train-precision", "training step of preset pgm-fashion, float32 beside bfloat16", "numerics.precision", Small);

    /// <summary>In float32, and with linear layers' products of bfloat16; as it is, and at a published width.</summary>
    public static TrainStepBenchmark Matmul { get; } =
        new(
            "train-matmul", "training step of preset pgm-fashion, numerics.matmul float32 beside bfloat16, at widths 128 and 768",
            "numerics.matmul", Small, Published);

    public string Name { get; }

    public string Description { get; }

    public IEnumerable<Comparison> Run(BenchmarkOptions options)
    {
        var directory = Directory.CreateTempSubdirectory("pgm-benchmark-").FullName;
        try
        {
            var store = new DirectoryArtifactStore(directory);
            foreach (var size in _key is null ? [] : _sizes)
            {
                using var exact = new Training(store, options.Cores, _key, "float32", size);
                using var bfloat16 = new Training(store, options.Cores, _key, "bfloat16", size);
                yield return Comparison.Of(
                    $"Training, {exact.Specification.Preset}, width {size.Hidden}, {_key}, {options.Cores} cores", options.Rounds,
                    exact.Run($"{size.Steps} steps in float32"), bfloat16.Run($"{size.Steps} steps in bfloat16"));
            }
            if (_key is not null) yield break;
            using var float32 = new Training(store, options.Cores, null, "", Small);
            var threads = float32.Specification.Numerics.Threads;
            using var wide = new ComputeLanes(1, threads, "bench");
            using var scope = NewDisposeScope();
            var (a, b) = (rand(Side, Side), rand(Side, Side));
            yield return Comparison.Of($"Training, {float32.Specification.Preset}, {options.Cores} cores", options.Rounds,
                new Variant($"{Products} products of {Side} x {Side}", () => wide.Run(1, (_, _) =>
                {
                    // Set back afterwards: for MKL the number is one of the whole process, so the steps' lanes would have it too.
                    set_num_threads(options.Cores);
                    for (var i = 0; i < Products; i++) a.mm(b).Dispose();
                    set_num_threads(threads);
                }), Products * 2e-9 * Side * Side * Side),
                float32.Run($"{Steps} steps"));
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

    /// <summary>A run of the preset that is ready for its next step.</summary>
    private sealed class Training : IDisposable
    {
        private readonly TrainingTask _task;
        private readonly TrainingState _state;
        private readonly TrainingStep _step;

        private readonly int _steps;

        /// <param name="store">Has the tokens.</param>
        /// <param name="cores">That compute at a time.</param>
        /// <param name="key">A setting, or null.</param>
        /// <param name="value">Of the setting.</param>
        /// <param name="size">The model's, and steps at a time.</param>
        public Training(DirectoryArtifactStore store, int cores, string? key, string value, (int Hidden, int Heads, int Steps) size)
        {
            var facts = new DataFacts { Classes = 10, Codebook = 256, Height = 7, Width = 7 };
            var overrides = new Dictionary<string, string> { ["model.hidden"] = $"{size.Hidden}", ["model.heads"] = $"{size.Heads}" };
            if (key is not null) overrides[key] = value;
            _steps = size.Steps;
            var resolved = new SpecificationResolver().Resolve("pgm-fashion", overrides, 0, facts);
            Specification = SpecificationJson.Parse(resolved.Json);
            var work = new TrainWork
            {
                RunId = "run",
                Specification = resolved.Json,
                SpecificationSha256 = resolved.Sha256,
                Tokens = [Tokens(store, facts)],
            };
            var context = new WorkContext { Generation = 1, Device = ComputeDevice.Cpu(), Cores = cores, Artifacts = store };
            _task = ModelKinds.Get("pgm").CreateTask(Specification, work, context);
            _state = new TrainingState(_task.Model, Specification.Training, Specification.Numerics);
            _step = new TrainingStep(Specification, _task, _state, cores);
        }

        public TrainingSpecification Specification { get; }

        public Variant Run(string name) => new(name, () =>
        {
            for (var i = 0; i < _steps; i++) _step.Run();
        }, _steps * GflopPerStep(((PartitionTransformer)_task.Model).Settings, Specification.Training.BatchSize));

        public void Dispose()
        {
            _step.Dispose();
            _state.Dispose();
            _task.Dispose();
        }
    }
}
