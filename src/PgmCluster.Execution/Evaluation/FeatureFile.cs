using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Safetensors;

namespace PgmCluster.Execution.Evaluation;

/// <summary>The artifact of an evaluation's chunk: features F32 [n, width], predicted and wanted classes I32 [n], squared errors F64 [n].</summary>
public sealed class FeatureFile
{
    public const string Features = "features", Predicted = "predicted", Wanted = "wanted", SquaredErrors = "squared_errors";

    private readonly List<float> _features = [];
    private readonly List<int> _predicted = [], _wanted = [];
    private readonly List<double> _errors = [];

    public int Count => _predicted.Count;

    /// <param name="features">n x width, row by row.</param>
    /// <param name="predicted">n classes.</param>
    /// <param name="wanted">n classes.</param>
    /// <param name="squaredErrors">Mean squared error of each image; 0 where there is nothing to compare with.</param>
    public void Add(ReadOnlySpan<float> features, ReadOnlySpan<int> predicted, ReadOnlySpan<int> wanted, ReadOnlySpan<double> squaredErrors)
    {
        _features.AddRange(features);
        _predicted.AddRange(predicted);
        _wanted.AddRange(wanted);
        _errors.AddRange(squaredErrors);
    }

    public ArtifactInfo Write(IArtifactStore store, string name)
    {
        var writer = new SafetensorsWriter();
        long count = Count;
        writer.Add<float>(Features, [count, _features.Count / Math.Max(1, count)], _features.ToArray());
        writer.Add<int>(Predicted, [count], _predicted.ToArray());
        writer.Add<int>(Wanted, [count], _wanted.ToArray());
        writer.Add<double>(SquaredErrors, [count], _errors.ToArray());
        return store.Write(name, writer.WriteTo);
    }
}
