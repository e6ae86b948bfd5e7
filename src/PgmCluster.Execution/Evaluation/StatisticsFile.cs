using PgmCluster.Data.Safetensors;
using PgmCluster.Modeling.Metrics;
using PgmCluster.Modeling.Runtime;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Evaluation;

/// <summary>
/// Artifact with the statistics of a set of features: mean F64 [width], covariance F64 [width, width] (n - 1), count I64 [1].
/// </summary>
public sealed record StatisticsFile(Tensor Mean, Tensor Covariance, long Count)
{
    private const string MeanName = "mean", CovarianceName = "covariance", CountName = "count";

    public static StatisticsFile Of(FeatureStatistics statistics) => new(statistics.Mean(), statistics.Covariance(), statistics.Count);

    public static StatisticsFile Read(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return new StatisticsFile(
            WeightsFile.Read(file, MeanName), WeightsFile.Read(file, CovarianceName), file.ReadArray<long>(CountName)[0]);
    }

    public double DistanceTo(StatisticsFile other) => FrechetDistance.Between(Mean, Covariance, other.Mean, other.Covariance);

    /// <summary>Writes the file; the stream need not seek.</summary>
    public void WriteTo(Stream stream)
    {
        var writer = new SafetensorsWriter();
        writer.Add<double>(MeanName, Mean.shape, HostRead.Values<double>(Mean));
        writer.Add<double>(CovarianceName, Covariance.shape, HostRead.Values<double>(Covariance));
        writer.Add<long>(CountName, [1], new[] { Count });
        writer.WriteTo(stream);
    }
}
