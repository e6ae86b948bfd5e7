using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Optimization;
using PgmCluster.Modeling.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Optimization;

[Collection(nameof(Alone))]
public class AdamWTests
{
    private static readonly AdamWSettings Settings = new() { Beta2 = 0.98, WeightDecay = 0.05 };

    /// <summary>Memory and live tensors are counted per process, so nothing else may run meanwhile.</summary>
    [CollectionDefinition(nameof(Alone), DisableParallelization = true)]
    public sealed class Alone;

    [Fact]
    public void Problem_OnThisMachine_IsNone() => Assert.Null(FusedAdamW.Problem);

    [Fact]
    public void Step_Fused_FollowsTheManagedOne()
    {
        using var scope = NewDisposeScope();
        using var managed = new Subject(fused: false);
        using var fused = new Subject(fused: true);
        for (var step = 0; step < 20; step++)
        {
            managed.Step(step);
            fused.Step(step);
        }
        foreach (var (expected, actual) in new[]
        {
            (managed.Parameters.Values, fused.Parameters.Values),
            (managed.Optimizer.FirstMoment, fused.Optimizer.FirstMoment),
            (managed.Optimizer.SecondMoment, fused.Optimizer.SecondMoment),
        })
            Assert.True((expected - actual).abs().max().item<float>() < 1e-6);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Step_InParts_GivesTheBitsOfTheWhole(bool fused)
    {
        using var scope = NewDisposeScope();
        using var whole = new Subject(fused);
        using var parts = new Subject(fused);
        for (var step = 0; step < 3; step++)
        {
            whole.Step(step);
            parts.FillGradients(step);
            for (long first = 0; first < parts.Parameters.Length; first += GradientNorm.Chunk)
                parts.Optimizer.Step(step, 0.01, first, GradientNorm.Chunk);
        }
        Assert.True(whole.Parameters.Values.eq(parts.Parameters.Values).all().item<bool>());
        Assert.True(whole.Optimizer.SecondMoment.eq(parts.Optimizer.SecondMoment).all().item<bool>());
    }

    [Fact]
    public void Step_ToldThatANumberIsNotFinite_ChangesNothing()
    {
        using var scope = NewDisposeScope();
        using var subject = new Subject(fused: true);
        using var average = new WeightAverage(subject.Parameters, 0.9);
        for (var step = 0; step < 2; step++) subject.Step(step);
        average.Update();
        Tensor[] State() =>
            [subject.Parameters.Values.clone(), subject.Optimizer.FirstMoment.clone(), subject.Optimizer.SecondMoment.clone(),
                average.Values.clone()];
        var before = State();
        using (no_grad()) subject.Parameters.Gradients.fill_(float.NaN);

        subject.Optimizer.Step(2, 0.01, 0, subject.Parameters.Length, foundInf: ones([], dtype: float32));
        average.Update(0, subject.Parameters.Length, foundInf: ones([], dtype: float32));

        Assert.All(before.Zip(State()), pair => Assert.True(pair.First.eq(pair.Second).all().item<bool>()));
        subject.FillGradients(2);
        subject.Optimizer.Step(2, 0.01, 0, subject.Parameters.Length, foundInf: zeros([], dtype: float32));
        Assert.True(before[0].ne(subject.Parameters.Values).any().item<bool>());
    }

    [Fact]
    public void Step_FusedThousandsOfTimes_KeepsNoHandle()
    {
        using var subject = new Subject(fused: true);
        for (var step = 0; step < 100; step++) subject.Step(step);
        var tensors = Tensor.TotalCount;
        var growth = new List<long>();
        for (var round = 0; round < 3; round++)
        {
            var memory = ResidentBytes();
            for (var step = 0; step < 50_000; step++) subject.Optimizer.Step(step, 1e-3);
            growth.Add(ResidentBytes() - memory);
        }
        Assert.True(Tensor.TotalCount <= tensors, $"{Tensor.TotalCount - tensors} tensors more");
        // Each step passes four lists and five tensors: kept, they would take over 400 bytes a step, 20 MB in every round. Other tests of
        // this process and the collector's own growth come and go.
        Assert.True(growth.Min() < 10 << 20, $"grew by {string.Join(", ", growth.Select(g => g >> 10))} KiB");
    }

    [Fact]
    public void Step_FusedThenDisposed_FreesTheTensors()
    {
        long memory = 0;
        for (var round = 0; round < 40; round++)
        {
            using var scope = NewDisposeScope();
            using var subject = new Subject(fused: true, width: 1024);
            subject.Step(0);
            if (round == 10) memory = ResidentBytes();
        }
        // A duplicate left behind would keep at least one of the four 4 MiB tensors alive each round.
        Assert.True(ResidentBytes() - memory < 60 << 20, $"grew by {(ResidentBytes() - memory) >> 20} MiB");
    }

    private static long ResidentBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Environment.WorkingSet;
    }

    /// <summary>A small layer with an optimizer of its own and gradients that depend on the step.</summary>
    private sealed class Subject : IDisposable
    {
        private readonly LinearLayer _layer;

        public Subject(bool fused, int width = 90)
        {
            _layer = new LinearLayer(width, width);
            using (no_grad()) _layer.W.copy_(linspace(-1, 1, (long)width * width).view(width, width));
            Parameters = new FlatParameters(StateDict.Of(_layer));
            Optimizer = new AdamW(Parameters, Settings, fused);
        }

        public FlatParameters Parameters { get; }

        public AdamW Optimizer { get; }

        public void Step(long step)
        {
            FillGradients(step);
            Optimizer.Step(step, 0.01);
        }

        public void FillGradients(long step)
        {
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            Parameters.Gradients.copy_((arange(Parameters.Length, dtype: float32) * 0.37 + step).sin());
        }

        public void Dispose()
        {
            Optimizer.Dispose();
            Parameters.Dispose();
            _layer.Dispose();
        }
    }
}
