using System.Diagnostics;
using System.Globalization;
using PgmCluster.Benchmarks.Harness;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Tokens;
using PgmCluster.Execution.Inputs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Randomness;
using static TorchSharp.torch;

namespace PgmCluster.Benchmarks.Benchmarks;

/// <summary>
/// Opening many shards, and reading them on one thread in the order of training into batches as they are trained on. Their number is the
/// benchmark's own: that of ImageNet's images cut into 2,000 a shard. They are made smaller than such, so that they fit on any machine.
/// </summary>
public sealed class ReaderBenchmark : IBenchmark
{
    private const int Shards = 641, Pictures = 400, Side = 32, Batch = 32, Batches = 4_000;

    public string Name => "reader";

    public string Description =>
        $"opening {Shards} token shards (target: 1 s once they are verified), and reading batches of {Batch} x {Side * Side} "
        + "(target: 50 million tokens a second and core)";

    public IEnumerable<Comparison> Run(BenchmarkOptions options)
    {
        var directory = Directory.CreateTempSubdirectory("pgm-benchmark-").FullName;
        try
        {
            var store = new DirectoryArtifactStore(directory);
            var files = Write(store);
            var first = Seconds(() => Open(store, files).Dispose());
            var again = new double[options.Rounds];
            for (var round = 0; round < again.Length; round++) again[round] = Seconds(() => Open(store, files).Dispose());
            yield return Comparison.Of(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"opening {Shards} shards, {files.Sum(f => f.Size) / 1e6:0} MB: the first time in {first:0.00} s, verified already in"),
                ("opening", again, 0));

            using var tokens = Open(store, files);
            var order = new ExampleOrder(5, tokens.Count);
            using var inputs = new TokenInputs(tokens, new TrainingSettings(), Batch, (16_384, 1_000), CPU);
            var (next, indices, times) = (0L, new int[Batch], new double[options.Rounds]);
            for (var round = -1; round < options.Rounds; round++)
            {
                var used = Environment.CpuUsage.TotalTime;
                var seconds = Seconds(() =>
                {
                    for (var batch = 0; batch < Batches; batch++)
                    {
                        for (var i = 0; i < Batch; i++) indices[i] = order[next++];
                        inputs.Fill(indices, RandomStream.Of(1, RandomPurpose.MicroBatch, batch), training: true);
                    }
                });
                // Of one core, whatever else the machine does with it meanwhile.
                if (round >= 0) times[round] = Math.Min(seconds, (Environment.CpuUsage.TotalTime - used).TotalSeconds);
            }
            var sorted = times.Order().ToArray();
            double Rate(double seconds) => (double)Batches * Batch * Side * Side / seconds / 1e6;
            yield return Comparison.Of(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"reading {Batches} batches of {Batch} x {Side * Side} by one thread: {Rate(sorted[sorted.Length / 2]):0} million tokens "
                    + $"a second and core ({Rate(sorted[^1]):0} to {Rate(sorted[0]):0})"),
                ("reading", times, 0));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>As training opens them.</summary>
    private static TokenDataset Open(DirectoryArtifactStore store, IReadOnlyList<ArtifactInfo> files)
    {
        var shards = new List<TokenShard>();
        foreach (var file in files)
        {
            using var fetched = store.Fetch(file);
            shards.Add(TokenShard.Open(fetched));
        }
        var tokens = new TokenDataset(shards);
        tokens.Require(16_384, 1_000);
        return tokens;
    }

    private static double Seconds(Action action)
    {
        var begun = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    private static List<ArtifactInfo> Write(DirectoryArtifactStore store)
    {
        var (random, codes) = (new Random(0), new ushort[Side * Side]);
        var files = new List<ArtifactInfo>();
        for (var shard = 0; shard < Shards; shard++)
        {
            var writer = new TokenShardWriter(Side, Side, Pictures);
            for (var i = 0; i < Pictures; i++)
            {
                for (var c = 0; c < codes.Length; c++) codes[c] = (ushort)random.Next(16_384);
                writer.Add(codes, random.Next(1_000));
            }
            files.Add(store.Write($"tokens/shard-{shard:00000}.safetensors", writer.WriteTo));
        }
        return files;
    }
}
