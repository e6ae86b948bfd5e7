using System.Collections.Concurrent;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Images;
using PgmCluster.Execution.Drawing;
using PgmCluster.Execution.Drawing.Orders;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Sampling;

namespace PgmCluster.Execution.Tests.Drawing;

/// <summary>A device that draws while somebody waits.</summary>
public sealed class DrawItemTests : IDisposable
{
    private readonly TestRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Theory]
    [InlineData("pgm", RevealMethod.Halton)]
    [InlineData("pgm", RevealMethod.Confidence)]
    [InlineData("pgm-once", RevealMethod.Halton)]
    [InlineData("maskgit", RevealMethod.Halton)]
    [InlineData("maskgit", RevealMethod.Confidence)]
    public void Draw_APictureAloneOrWithOthers_HasTheSameBits(string kind, RevealMethod sampler)
    {
        var work = Model(kind);
        var settings = new SamplerSettings { Sampler = sampler, Steps = 6, RandomizeOrder = sampler == RevealMethod.Halton && kind != "pgm-once" };
        var orders = Enumerable.Range(0, 8).Select(i => new DrawingOrder($"{i}", i % 10, Seed: 5 + i / 4, Index: i % 4)).ToArray();

        var together = Draw(work, cores: 1, new DrawingBatch(settings, orders));
        var turned = Draw(work, cores: 1, new DrawingBatch(settings, [.. orders.Reverse()]));
        var alone = Draw(work, cores: 2, [.. orders.Select(o => new DrawingBatch(settings, [o]))]);

        Assert.Equal(8, together.Count);
        foreach (var picture in together.Values)
        {
            Same(picture, turned[picture.Id]);
            Same(picture, alone[picture.Id]);
        }
        Assert.Equal(8, together.Values.Select(p => Convert.ToHexString(p.Png)).Distinct().Count());
    }

    [Fact]
    public void Draw_APicture_SaysItsTokensAndInWhichStepEachWasRevealed()
    {
        var settings = new SamplerSettings { Steps = 6 };

        var picture = Draw(Model("pgm"), 1, new DrawingBatch(settings, [new DrawingOrder("x", 3, 1, 0)]))["x"];

        Assert.Equal((28, 28), ImageDecoder.Decode(picture.Png, "x") is var image ? (image.Width, image.Height) : default);
        Assert.Equal(49, picture.Codes.Length);
        Assert.All(picture.Codes, code => Assert.InRange(code, 0, 63));
        Assert.Equal(Enumerable.Range(0, 6), picture.Revealed.Distinct().Order());
    }

    [Fact]
    public void Run_WithoutAnybodyToAsk_IsRefused() =>
        Assert.Contains(
            "nobody to ask what is wanted", Assert.Throws<BadInputException>(() => new DrawItem(Model("pgm")).Run(_runs.Context())).Message);

    [Fact]
    public void Run_WhileNobodyWantsAnything_IsNotJudged()
    {
        var judged = new ConcurrentQueue<bool>();
        var channel = new Script([new DrawingBatch(new SamplerSettings { Steps = 2 }, [new DrawingOrder("x", 0, 1, 0)])]);

        new DrawItem(Model("pgm")).Run(Context(channel, 1, judged.Enqueue));

        Assert.Equal([false, true, false], judged);
    }

    private static void Same(DrawnImage expected, DrawnImage found)
    {
        Assert.Equal(expected.Codes, found.Codes);
        Assert.Equal(expected.Revealed, found.Revealed);
        Assert.Equal(Convert.ToHexString(expected.Png), Convert.ToHexString(found.Png));
    }

    private DrawWork Model(string kind)
    {
        var tokenizer = _runs.Train(TestRuns.Work("tokenizer", 1, run: "tok")).Weights;
        ArtifactInfo[] tokens = [_runs.Tokens(64)];
        return new DrawWork
        {
            Model = _runs.Train(TestRuns.Work(kind, 2, tokens: tokens, run: "model")).Weights,
            Tokenizer = tokenizer,
            Threads = 1,
        };
    }

    private IReadOnlyDictionary<string, DrawnImage> Draw(DrawWork work, int cores, params DrawingBatch[] batches)
    {
        var channel = new Script(batches);
        var result = WorkJson.Read<DrawResult>(new DrawItem(work).Run(Context(channel, cores)));
        Assert.Equal(channel.Drawn.Count, result.Pictures);
        return channel.Drawn.ToDictionary(d => d.Id);
    }

    private WorkContext Context(Script channel, int cores, Action<bool>? judge = null) => new()
    {
        Generation = 1,
        Device = _runs.Context().Device,
        Cores = cores,
        Artifacts = _runs.Store,
        Drawing = channel,
        Judge = judge ?? (_ => { }),
    };

    /// <summary>Wants some batches, and then nothing any more.</summary>
    private sealed class Script(IEnumerable<DrawingBatch> batches) : IDrawingChannel
    {
        private readonly ConcurrentQueue<DrawingBatch> _wanted = new(batches);

        public ConcurrentQueue<DrawnImage> Drawn { get; } = new();

        public DrawingBatch? Next(int lane, int most, IReadOnlyList<DrawnImage> drawn)
        {
            foreach (var picture in drawn) Drawn.Enqueue(picture);
            return _wanted.TryDequeue(out var batch) ? batch : null;
        }
    }
}
