using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Evaluation;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Tests.Evaluation;

public class ChunkOrderTests
{
    private const int Classes = 10, PerClass = 40, Width = 4;

    [Fact]
    public void Run_ReferenceInTheOrderOfItsClasses_ScoresChunksAsAMixedOne()
    {
        using var runs = new TestRuns();
        var byClass = Features(runs, "by-class", i => i / PerClass);
        var mixed = Features(runs, "mixed", i => i % Classes);
        var generated = Features(runs, "generated", i => i % Classes, seed: 2);

        var (ordered, shuffled) = (Evaluate(byClass), Evaluate(mixed));

        // Classes lie far apart: a chunk of two of them would know nothing of the other eight.
        Assert.True(ordered.Precision > 0.8 && ordered.Recall > 0.8, $"{ordered}");
        Assert.Equal(shuffled.Precision, ordered.Precision, 0.1);
        Assert.Equal(shuffled.Recall, ordered.Recall, 0.1);

        PgmCluster.Modeling.Metrics.ManifoldScores Evaluate(ArtifactInfo reference) =>
            WorkJson.Read<EvaluationResult>(new MergeEvaluationItem(new MergeEvaluationWork
            {
                Reference = [reference],
                Real = [],
                Reconstructed = [],
                Generated = [generated],
                Threads = 1,
            }).Run(runs.Context())).InFiveChunks!;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Run_AChunkNoneOfWhoseImagesCouldBeDecoded_ChangesNothing(bool isFirst)
    {
        using var runs = new TestRuns();
        var empty = new FeatureFile().Write(runs.Store, "empty.safetensors");
        var (reference, generated) = (Features(runs, "reference", i => i % Classes), Features(runs, "generated", i => i % Classes, seed: 2));

        Assert.Equal(Evaluate([reference]), Evaluate(isFirst ? [empty, reference] : [reference, empty]));

        string Evaluate(IReadOnlyList<ArtifactInfo> chunks) => new MergeEvaluationItem(new MergeEvaluationWork
        {
            Reference = chunks,
            Real = chunks,
            Reconstructed = [],
            Generated = [generated],
            Threads = 1,
        }).Run(runs.Context());
    }

    private static ArtifactInfo Features(TestRuns runs, string name, Func<int, int> label, int seed = 1)
    {
        var random = new Random(seed);
        var file = new FeatureFile();
        int[] labels = [.. Enumerable.Range(0, Classes * PerClass).Select(label)];
        float[] features = [.. labels.SelectMany(l => Enumerable.Range(0,
            Width).Select(d => (float)((d == 0 ? 100 * l : 0) + random.NextDouble())))];
        file.Add(new ScoredBatch(features, labels, labels, new double[labels.Length], []));
        return file.Write(runs.Store, $"{name}.safetensors");
    }
}
