using PgmCluster.Data.Tokens;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;

namespace PgmCluster.Execution.Tests.Datasets;

public sealed class ExampleSplitTests : IDisposable
{
    private readonly List<TrainingTask> _open = [];

    public void Dispose() => _open.ForEach(task => task.Dispose());

    [Fact]
    public void HeldOut_LabelsInOrder_HasEveryClassInItsShareAndTrainsTheRest()
    {
        using var runs = new TestRuns();
        var drawn = Split(runs, new() { ["training.validationExamples"] = "20" });
        var other = Split(runs, new() { ["training.validationExamples"] = "20" }, seed: 8);
        var asBefore = Split(runs, new() { ["training.validationExamples"] = "20", ["training.validationSplit"] = "end" });

        Assert.All(Enumerable.Range(0, 10), label => Assert.Equal(2, drawn.HeldOut.ToArray().Count(i => i / 20 == label)));
        Assert.Equal(
            Enumerable.Range(0, 200),
            drawn.HeldOut.ToArray().Concat(Enumerable.Range(0, drawn.TrainingCount).Select(drawn.Training)).Order());
        Assert.All(new[] { drawn, other, asBefore }, split => Assert.Equal(
            Enumerable.Range(0, 200).Except(split.HeldOut.ToArray()), Enumerable.Range(0, split.TrainingCount).Select(split.Training)));
        Assert.NotEqual(drawn.HeldOut.ToArray(), other.HeldOut.ToArray());
        Assert.Equal(Enumerable.Range(180, 20), asBefore.HeldOut.ToArray());
        Assert.Equal(drawn.HeldOut.ToArray()[^8..], drawn.Shown(8));
        // Pictures to look at are drawn even where nothing is held out.
        Assert.True(Split(runs, []).Shown(10).Select(i => i / 20).Distinct().Count() == 10);
    }

    [Fact]
    public void Parse_SpecificationThatDoesNotSay_HoldsOutTheEnd()
    {
        var json = TestRuns.Work("pgm", 1, new Dictionary<string, string> { ["training.validationExamples"] = "5" }).Specification;
        Assert.True(SpecificationJson.Parse(json).Training.DrawsValidation);
        Assert.False(
            SpecificationJson.Parse(json.Replace("\"validationSplit\":\"drawn\",", "", StringComparison.Ordinal)).Training.DrawsValidation);
    }

    /// <summary>Of 200 examples, class by class.</summary>
    private ExampleSplit Split(TestRuns runs, Dictionary<string, string> set, long seed = 7)
    {
        var shard = new TokenShardWriter(7, 7);
        for (var i = 0; i < 200; i++) shard.Add(new ushort[49], i / 20);
        var work = TestRuns.Work(
            "pgm", 1, set, [PgmCluster.Data.Artifacts.BlockingArtifacts.Write(runs.Store, "tokens/sorted.safetensors", shard.WriteTo)],
            seed: seed);
        var specification = SpecificationJson.Parse(work.Specification);
        _open.Add(ModelKinds.Get(specification.Kind).CreateTask(specification, work, runs.Context()));
        return new ExampleSplit(specification, _open[^1]);
    }
}
