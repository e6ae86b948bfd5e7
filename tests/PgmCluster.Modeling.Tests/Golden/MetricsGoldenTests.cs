using PgmCluster.Data.Safetensors;
using PgmCluster.Modeling.Metrics;
using PgmCluster.Modeling.Tests.Metrics;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Golden;

[Trait("Category", "Golden")]
public class MetricsGoldenTests
{
    private const string File = "metrics/metrics.safetensors";

    [Fact]
    public void Between_ReferenceFeatures_IsTheFidOfBothPaths()
    {
        using var scope = NewDisposeScope();
        using var golden = GoldenFiles.Open(File);
        using var real = Statistics(golden.Tensor("real"));
        using var fake = Statistics(golden.Tensor("fake"));
        GoldenFiles.Close(golden.Tensor("mu_real_f64"), real.Mean(), 1e-9, 1e-9, "mean");
        GoldenFiles.Close(golden.Tensor("cov_real_f64"), real.Covariance(), 1e-9 * Scale(real.Covariance()), 1e-9, "covariance");
        GoldenFiles.Close(golden.Tensor("mu_fake"), fake.Mean(), 1e-5, 1e-5, "float32 mean");
        GoldenFiles.Close(golden.Tensor("cov_fake"), fake.Covariance(), 1e-5 * Scale(fake.Covariance()), 1e-5, "float32 covariance");
        var distance = FrechetDistance.Between(real, fake);
        GoldenFiles.Close(golden.Tensor("fid_float64").squeeze(), tensor(distance), 0, 1e-6, "float64 path");
        GoldenFiles.Close(golden.Tensor("fid_float32_path").squeeze(), tensor(distance), 0, 1e-3, "float32 path");
    }

    [Fact]
    public void Value_ReferenceLogits_IsTheInceptionScore()
    {
        using var scope = NewDisposeScope();
        using var golden = GoldenFiles.Open(File);
        var logits = golden.Tensor("logits");
        var order = golden.Array<long>("perm").Select(i => (int)i).ToArray();
        using var score = new InceptionScore(order, logits.shape[1]);
        foreach (var batch in logits.split(77, 0)) score.Add(batch);
        Assert.Equal(golden.Array<long>("inception_chunk_sizes"), score.Sizes);
        GoldenFiles.Close(golden.Tensor("inception_score_chunks"), tensor(score.OfSplits().ToArray()), 1e-6, 1e-6, "splits");
        GoldenFiles.Close(golden.Tensor("inception_score_f64").squeeze(), tensor(score.Value()), 0, 1e-6, "float64");
        GoldenFiles.Close(golden.Tensor("inception_score_f32").squeeze(), tensor(score.Value()), 0, 1e-5, "float32");
    }

    [Fact]
    public void Scores_ReferenceFeatures_AreTheReferencesInChunksAndWhole()
    {
        using var scope = NewDisposeScope();
        using var golden = GoldenFiles.Open(File);
        var (real, fake) = (new TensorRows(golden.Tensor("real")), new TensorRows(golden.Tensor("fake")));
        AssertScores(golden, "prdc", [Manifold.Chunked(real, fake)!]);
        AssertScores(golden, "prdc_no_split", [Manifold.Whole(real, fake)!]);
        AssertScores(golden, "prdc_per_split", Manifold.OfChunks(real, fake)!);
    }

    [Fact]
    public void SquaredRadii_FirstChunk_AreTheReferences()
    {
        using var scope = NewDisposeScope();
        using var golden = GoldenFiles.Open(File);
        foreach (var set in new[] { "real", "fake" })
        {
            var radii = golden.Tensor($"split0_{set}_radii");
            GoldenFiles.Close(
                radii, Manifold.SquaredRadii(new TensorRows(golden.Tensor(set).narrow(0, 0, radii.shape[0]))).sqrt(), 1e-5, 1e-5, set);
        }
    }

    /// <summary>The size of errors of sums depends on what was summed, not on the sum.</summary>
    private static double Scale(Tensor values) => Math.Max(1, values.abs().max().item<double>());

    private static FeatureStatistics Statistics(Tensor features)
    {
        var statistics = new FeatureStatistics(features.shape[1]);
        foreach (var batch in features.split(64, 0)) statistics.Add(batch);
        return statistics;
    }

    private static void AssertScores(SafetensorsFile golden, string name, IReadOnlyList<ManifoldScores> scores)
    {
        var actual = scores.SelectMany(s => new[] { s.Precision, s.Recall, s.Density, s.Coverage }).ToArray();
        GoldenFiles.Close(golden.Tensor(name).flatten(), tensor(actual), 1e-6, 0, name);
    }
}
