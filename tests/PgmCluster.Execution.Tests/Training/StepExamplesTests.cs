using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Tokens;
using PgmCluster.Execution.Gangs;
using PgmCluster.Execution.Inputs;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Training;
using PgmCluster.Modeling.Optimization;
using PgmCluster.Modeling.Randomness;

namespace PgmCluster.Execution.Tests.Training;

public class StepExamplesTests
{
    private const int Steps = 12, Pictures = 100;

    /// <summary>Each worker opens the shards for itself and fills its own micro-batches, as a member of a gang does.</summary>
    [Theory]
    [InlineData(2, 0)]
    [InlineData(3, 5)]
    [InlineData(7, 11)]
    [InlineData(1, 7)]
    public void Inputs_OfAnyNumberOfWorkersBegunAtAnyStep_AreTheSamePicturesInTheSameOrder(int workers, int begin)
    {
        using var runs = new TestRuns();
        var shards = Shards(runs, 30, 0, 25, 45);
        var expected = Enumerable.Range(0, Steps).SelectMany(step => Read(runs, shards, 1, step)).ToArray();

        var read = Enumerable.Range(begin, Steps - begin).SelectMany(step => Read(runs, shards, workers, step)).ToArray();

        Assert.Equal(expected[(begin * expected.Length / Steps)..], read);
        // Ten are held out, and one time through the others each comes once.
        Assert.Equal(Pictures - 10, expected[..(Pictures - 10)].Distinct().Count());
    }

    /// <summary>Numbers that runs under way depend on.</summary>
    [Fact]
    public void Of_TheSameRun_StaysWhatItWas()
    {
        using var runs = new TestRuns();
        using var examples = new Opened(runs, Shards(runs, 100));
        Assert.Equal([2, 94, 22, 62, 3, 7, 96, 82, 60, 78, 40, 84, 81, 39, 12, 0], examples.Examples.Of(0));
        Assert.Equal([55, 7, 95, 47, 74, 20, 24, 40, 89, 80, 65, 38, 27, 81, 69, 60], examples.Examples.Of(1_000_000));
    }

    /// <summary>What the workers of a gang train on in a step, by rank: the pictures' numbers, which their codes tell.</summary>
    private static IEnumerable<long> Read(TestRuns runs, IReadOnlyList<ArtifactInfo> shards, int workers, long step)
    {
        foreach (var (first, end) in new GangPlan(workers, 8, GradientNorm.Chunk).Leaves)
        {
            using var opened = new Opened(runs, shards);
            var training = opened.Specification.Training;
            var perLeaf = training.BatchSize / training.MicroBatches;
            for (var leaf = first; leaf < end; leaf++)
            {
                using var inputs = (TokenInputs)opened.Task.MakeInputs(perLeaf);
                inputs.Fill(
                    opened.Examples.Of(step).AsSpan(leaf * perLeaf, perLeaf), RandomStream.Of(1, RandomPurpose.MicroBatch, step, leaf), true);
                using var codes = inputs.Batch().Codes;
                var values = codes.data<long>().ToArray();
                for (var i = 0; i < perLeaf; i++) yield return (values[i * 49] * 64) + values[(i * 49) + 1];
            }
        }
    }

    /// <summary>Picture i of all begins with the codes i / 64 and i % 64.</summary>
    private static List<ArtifactInfo> Shards(TestRuns runs, params int[] counts)
    {
        var shards = new List<ArtifactInfo>();
        var next = 0;
        foreach (var count in counts)
        {
            var shard = new TokenShardWriter(7, 7);
            for (var i = 0; i < count; i++, next++)
                shard.Add([(ushort)(next / 64), (ushort)(next % 64), .. new ushort[47]], next % 10);
            shards.Add(runs.Store.Write($"tokens/{counts.Length}-{shards.Count}.safetensors", shard.WriteTo));
        }
        return shards;
    }

    /// <summary>A run's data as one worker opens them.</summary>
    private sealed class Opened : IDisposable
    {
        public Opened(TestRuns runs, IReadOnlyList<ArtifactInfo> shards)
        {
            var set = new Dictionary<string, string>
            {
                ["training.batchSize"] = "16",
                ["training.microBatches"] = "8",
                ["training.validationExamples"] = "10",
            };
            var work = TestRuns.Work("pgm", Steps, set, shards);
            Specification = SpecificationJson.Parse(work.Specification);
            Task = ModelKinds.Get(Specification.Kind).CreateTask(Specification, work, runs.Context());
            Examples = new StepExamples(Specification, new ExampleSplit(Specification, Task));
        }

        public TrainingSpecification Specification { get; }

        public TrainingTask Task { get; }

        public StepExamples Examples { get; }

        public void Dispose() => Task.Dispose();
    }
}
