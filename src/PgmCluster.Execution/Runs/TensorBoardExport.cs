using PgmCluster.Data.Artifacts;
using PgmCluster.Data.TensorBoard;

namespace PgmCluster.Execution.Runs;

/// <summary>
/// A run's metrics log as a TensorBoard event file. The log is what counts: the file can be made again at any time, of a running run as
/// well.
/// </summary>
public static class TensorBoardExport
{
    /// <summary>Writes all steps so far; the stream is not disposed.</summary>
    /// <param name="metrics">From <see cref="StepMetricsLog.Read"/>.</param>
    /// <param name="time">Stands at every event: the log has steps, not times.</param>
    /// <param name="stream">The file.</param>
    public static void Write(IReadOnlyList<StepMetrics> metrics, DateTimeOffset time, Stream stream)
    {
        var file = new EventFileWriter(stream, time);
        foreach (var m in metrics)
        {
            file.Scalar("train/loss", m.Step, m.Loss, time);
            file.Scalar("train/gradient_norm", m.Step, m.GradientNorm, time);
            file.Scalar("train/learning_rate", m.Step, m.LearningRate, time);
            if (m.ValidationLoss is { } validation) file.Scalar("validation/loss", m.Step, validation, time);
        }
    }

    /// <summary>When the run's log was last written to; null where there is none yet.</summary>
    public static DateTimeOffset? LastWritten(IArtifactStore store, string runId) =>
        store.List(RunFiles.MetricsFolder(runId)).Max(a => (DateTimeOffset?)a.Written);
}
