using PgmCluster.Data.Images;

namespace PgmCluster.Execution.Runs;

/// <summary>Draws a run's losses.</summary>
public static class LossChart
{
    /// <summary>Share of the running average that stays with each step.</summary>
    public const double Smoothing = 0.95;

    /// <summary>The loss of each step, its running average, and the validation losses where there are any.</summary>
    /// <param name="title">Above the chart.</param>
    /// <param name="metrics">Of the steps in order; of none the chart says that there are no data.</param>
    /// <param name="width">Pixels, at least 200.</param>
    /// <param name="height">Pixels, at least 150.</param>
    public static RgbImage Draw(string title, IReadOnlyList<StepMetrics> metrics, int width = 900, int height = 500)
    {
        var x = metrics.Select(m => (double)m.Step).ToArray();
        var smooth = new double[metrics.Count];
        var (sum, weight) = (0.0, 0.0);
        for (var i = 0; i < smooth.Length; i++)
        {
            // Divided by its weight, the average does not lag behind the beginning.
            (sum, weight) = (Smoothing * sum + metrics[i].Loss, Smoothing * weight + 1);
            smooth[i] = sum / weight;
        }
        var validated = metrics.Where(m => m.ValidationLoss is not null).ToArray();
        return LinePlot.Render(
            title, "step", "loss",
            [
                new PlotSeries("each step", x, [.. metrics.Select(m => m.Loss)]), new PlotSeries("smoothed", x, smooth),
                .. validated.Length > 0
                    ? [new PlotSeries("validation", [.. validated.Select(m => (double)m.Step)],
                        [.. validated.Select(m => m.ValidationLoss!.Value)])]
                    : Array.Empty<PlotSeries>(),
            ],
            width, height);
    }
}
