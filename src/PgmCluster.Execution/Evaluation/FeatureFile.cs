using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Safetensors;

namespace PgmCluster.Execution.Evaluation;

/// <summary>
/// The artifact of an evaluation's chunk of n images: features F32 [n, width], wanted classes I32 [n], squared errors F64 [n]; with a
/// classifier the predicted classes I32 [n]; for generated images seen by Inception the logits F32 [n, 1008].
/// </summary>
/// <param name="keepLogits">Whether logits are written where there are any.</param>
public sealed class FeatureFile(bool keepLogits = false)
{
    public const string Features = "features", Predicted = "predicted", Wanted = "wanted", SquaredErrors = "squared_errors",
        Logits = "logits";

    private readonly List<float> _features = [], _logits = [];
    private readonly List<int> _predicted = [], _wanted = [];
    private readonly List<double> _errors = [];

    public int Count => _wanted.Count;

    public void Add(ScoredBatch batch)
    {
        _features.AddRange(batch.Features);
        _predicted.AddRange(batch.Predicted);
        _wanted.AddRange(batch.Wanted);
        _errors.AddRange(batch.SquaredErrors);
        if (keepLogits) _logits.AddRange(batch.Logits);
    }

    public ArtifactInfo Write(IArtifactStore store, string name) => store.Write(name, WriteTo);

    /// <summary>Writes the file; the stream need not seek.</summary>
    public void WriteTo(Stream stream)
    {
        var writer = new SafetensorsWriter();
        long count = Count;
        writer.Add<float>(Features, [count, _features.Count / Math.Max(1, count)], _features.ToArray());
        if (_predicted.Count > 0) writer.Add<int>(Predicted, [count], _predicted.ToArray());
        writer.Add<int>(Wanted, [count], _wanted.ToArray());
        writer.Add<double>(SquaredErrors, [count], _errors.ToArray());
        if (_logits.Count > 0) writer.Add<float>(Logits, [count, _logits.Count / count], _logits.ToArray());
        writer.WriteTo(stream);
    }
}
