using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Tokens;
using PgmCluster.Execution.Likelihood;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Likelihood;
using PgmCluster.Modeling.Masking;

namespace PgmCluster.Execution.Tests.Likelihood;

/// <summary>Likelihood of made-up tokens under models that were trained for two steps.</summary>
public sealed class LikelihoodChunkTests : IDisposable
{
    private readonly TestRuns _runs = new();
    private readonly ArtifactInfo _first, _second;

    public LikelihoodChunkTests() => (_first, _second) = (Shard("first", 20, 1), Shard("second", 20, 2));

    public void Dispose() => _runs.Dispose();

    [Theory]
    [InlineData("pgm")]
    [InlineData("pgm-once")]
    [InlineData("maskgit")]
    public void Run_InOneChunkOrTwoOnOneCoreOrTwo_GivesTheSameBits(string kind)
    {
        var model = Model(kind);
        var whole = Run(Work(model), cores: 1);
        var parts = new[] { Run(Work(model) with { Count = 16 }, 2), Run(Work(model) with { First = 16, Count = 24 }, 2) };
        var alone = Run(Work(model) with { Shards = [_second], FirstOfShards = 20, First = 20, Count = 20 }, 2);

        Assert.Equal(whole, Run(Work(model), cores: 2));
        Assert.Equal(40, whole.Count);
        var joined = parts[0].With(parts[1]);
        Assert.Equal((whole.Count, whole.Mean), (joined.Count, joined.Mean), Comparer(1e-9));
        Assert.Equal(alone, Run(Work(model) with { First = 20, Count = 20 }, 1));
        // Two steps of training know little: about the 6 bits of 64 codes.
        Assert.InRange(whole.Mean / (49 * Math.Log(2)), 5, 7);
        var rounded = Run(Work(model) with { Precision = "bfloat16" }, cores: 2);
        Assert.Equal((whole.Count, whole.Mean), (rounded.Count, rounded.Mean), Comparer(1e-2));
        Assert.NotEqual(whole.Mean, rounded.Mean);
    }

    [Fact]
    public void Run_RolledOrders_DependOnTheSeedAndTheImageAlone()
    {
        var work = Work(Model("pgm")) with { Order = TokenOrder.Rolled };
        var (one, other) = (Run(work, 1), Run(work with { Seed = 1 }, 1));

        Assert.NotEqual(one.Mean, other.Mean);
        var shifted = Run(work with { First = 8, Count = 8 }, 1);
        Assert.Equal(shifted, Run(work with { First = 8, Count = 8, Shards = [_first], FirstOfShards = 0 }, 2));
    }

    [Fact]
    public void Run_FewerImagesThanThereAre_TakesOneOfEachStretch()
    {
        var sample = new EvenSample(103, 10);
        var taken = Enumerable.Range(0, 10).Select(i => sample[i]).ToList();

        Assert.All(taken.Index(), p => Assert.InRange(p.Item, sample.StretchAt(p.Index), sample.StretchAt(p.Index + 1) - 1));
        Assert.NotEqual(1, taken.Zip(taken.Skip(1), (a, b) => b - a).Distinct().Count());
        Assert.Equal(Enumerable.Range(0, 40), Enumerable.Range(0, 40).Select(i => new EvenSample(40, 40)[i]));
        Assert.Equal(5, Run(Work(Model("pgm")) with { Sample = new EvenSample(40, 5), Count = 5 }, 1).Count);
    }

    [Fact]
    public void Run_TokensOfAnotherTokenizer_IsRefusedNamingBoth()
    {
        var work = Work(Model("pgm")) with
        {
            Shards = [Shard("foreign", 20, 1, tokenizer: new string('f', 64))],
            Sample = new EvenSample(20, 20),
            Count = 20,
        };

        var e = Assert.Throws<BadInputException>(() => Run(work, 1));

        Assert.Contains($"was made by the tokenizer with SHA-256 {new string('f', 64)}", e.Message);
        Assert.EndsWith("Name tokens that the model's tokenizer made.", e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void Run_GridsOfAnotherSize_IsRefused()
    {
        var shard = new TokenShardWriter(5, 5, 1);
        shard.Add(new ushort[25], 0);
        var work = Work(Model("pgm")) with
        {
            Shards = [_runs.Store.Write("tokens/small.safetensors", shard.WriteTo)],
            Sample = new EvenSample(1, 1),
            Count = 1,
        };

        var e = Assert.Throws<BadInputException>(() => Run(work, 1));
        Assert.Contains("the tokens are grids of 5 x 5, the model's are 7 x 7", e.Message);
    }

    private static IEqualityComparer<(long, double)> Comparer(double relative) => EqualityComparer<(long Count, double Mean)>.Create(
        (a, b) => a.Count == b.Count && Math.Abs(a.Mean - b.Mean) <= relative * Math.Abs(a.Mean));

    private ArtifactInfo Model(string kind) => _runs.Train(TestRuns.Work(kind, 2, tokens: [_first], run: kind)).Weights;

    private Moments Run(LikelihoodChunkWork work, int cores) =>
        WorkJson.Read<LikelihoodChunkResult>(new LikelihoodChunkItem(work).Run(_runs.Context(cores))).Nats;

    private LikelihoodChunkWork Work(ArtifactInfo model) => new()
    {
        Model = model,
        Tokenizer = new ArtifactInfo("runs/tok/weights.safetensors", 1, new string('a', 64)),
        Shards = [_first, _second],
        Sample = new EvenSample(40, 40),
        Count = 40,
        Order = TokenOrder.Halton,
        Steps = 6,
        Curve = MaskingSchedule.Arccos,
        BatchSize = 8,
        Threads = 1,
    };

    private ArtifactInfo Shard(string name, int count, int seed, string? tokenizer = null)
    {
        var random = new Random(seed);
        var shard = new TokenShardWriter(7, 7, count);
        if (tokenizer is not null) shard.Metadata["tokenizer"] = tokenizer;
        for (var i = 0; i < count; i++) shard.Add([.. Enumerable.Range(0, 49).Select(_ => (ushort)random.Next(64))], i % 10);
        return _runs.Store.Write($"tokens/{name}.safetensors", shard.WriteTo);
    }
}
