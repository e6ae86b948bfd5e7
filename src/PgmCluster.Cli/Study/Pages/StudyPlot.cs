using PgmCluster.Cli.Study.Parts;

namespace PgmCluster.Cli.Study.Pages;

/// <summary>Frechet distance against operations an image: a line for each model, a point for each number of steps.</summary>
internal static class StudyPlot
{
    /// <returns>SVG; null where fewer than two points have been run.</returns>
    public static string? Draw(StudyReport report)
    {
        var lines = report.Report.Select(
            model => new ScatterLine(model.Model, [.. Points(report, model)])).Where(l => l.Points.Count > 0).ToList();
        if (lines.Sum(l => l.Points.Count) < 2) return null;
        var reconstructed = report.Report.SelectMany(m => m.Rows).Where(r => r.Choice == ModelReport.Lowest)
            .SelectMany(r => r.Seeds).Select(s => s.Scores?.ReconstructedFrechet).FirstOrDefault(f => f is not null);
        return ScatterDrawing.Svg(
            "Frechet distance, mean over training seeds", "10^9 operations an image in all; numbers are those of steps", lines,
            reconstructed is { } level ? ("the tokenizer's reconstructions", level) : null);
    }

    private static IEnumerable<ScatterPoint> Points(StudyReport report, ModelReport model)
    {
        foreach (var row in model.Rows.Where(r => r.Choice == ModelReport.Lowest))
        {
            var speed = report.ChosenSpeeds.FirstOrDefault(s => s.Model == model.Model && s.Setting == row.Setting)?.Speed;
            if (speed is not null && row.Mean(s => s.Frechet) is { } frechet)
                yield return new(speed.GigaOperationsPerImage, frechet, $"{row.Setting.Steps}");
        }
    }
}
