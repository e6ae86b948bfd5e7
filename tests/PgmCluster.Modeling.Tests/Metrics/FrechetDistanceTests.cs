using PgmCluster.Modeling.Metrics;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Metrics;

public class FrechetDistanceTests
{
    [Fact]
    public void Between_DiagonalNormals_IsTheClosedForm()
    {
        using var scope = NewDisposeScope();
        var (m1, m2) = (tensor(new double[] { 1, 2, 3 }), tensor(new double[] { 2, 0, 3 }));
        var (v1, v2) = (new double[] { 4, 9, 0 }, new double[] { 1, 16, 25 });
        var expected = 1 + 4 + v1.Zip(v2).Sum(p => p.First + p.Second - 2 * Math.Sqrt(p.First * p.Second));
        Assert.Equal(expected, FrechetDistance.Between(m1, diag(tensor(v1)), m2, diag(tensor(v2))), 1e-9);
    }

    /// <summary>Of a set with itself it is 0 but for rounding, which goes both ways.</summary>
    [Fact]
    public void Between_SetsAndThemselves_IsNeverBelowZero()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3, CPU);
        for (var trial = 0; trial < 20; trial++)
        {
            using var statistics = new FeatureStatistics(16);
            statistics.Add(randn([40, 16], dtype: float32, generator: generator) * 30 + 5);
            Assert.InRange(FrechetDistance.Between(statistics, statistics), 0, 1e-6);
        }
    }

    [Fact]
    public void Statistics_InBatches_EqualThoseOfAllAtOnce()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1, CPU);
        var features = randn([300, 7], dtype: float32, generator: generator) * 3 + 100;
        using var statistics = new FeatureStatistics(7);
        foreach (var batch in features.split([100, 150, 50], 0)) statistics.Add(batch);
        var rows = features.to_type(float64);
        var mean = rows.mean([0L]);
        var covariance = (rows - mean).t().matmul(rows - mean) / 299;
        Assert.True((statistics.Mean() - mean).abs().max().item<double>() < 1e-10);
        Assert.True((statistics.Covariance() - covariance).abs().max().item<double>() < 1e-10);
        Assert.Equal(0, FrechetDistance.Between(statistics, statistics), 1e-6);
    }

    [Fact]
    public void Merge_ThreeParts_EqualsAllAtOnce()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(2, CPU);
        var features = randn([300, 5], dtype: float32, generator: generator) * 2 - 40;
        using var whole = new FeatureStatistics(5);
        whole.Add(features);
        using var merged = new FeatureStatistics(5);
        foreach (var rows in features.split([50, 1, 249], 0))
        {
            using var part = new FeatureStatistics(5);
            part.Add(rows);
            merged.Merge(part);
        }
        Assert.Equal(300, merged.Count);
        Assert.True((whole.Mean() - merged.Mean()).abs().max().item<double>() < 1e-10);
        Assert.True((whole.Covariance() - merged.Covariance()).abs().max().item<double>() < 1e-10);
    }
}
