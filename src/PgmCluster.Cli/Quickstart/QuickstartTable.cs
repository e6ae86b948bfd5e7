using System.Globalization;
using PgmCluster.Cli.Homes;
using PgmCluster.Cli.Jobs;
using PgmCluster.Cli.Output;
using Spectre.Console;

namespace PgmCluster.Cli.Quickstart;

/// <summary>The end of a quickstart, as text.</summary>
internal static class QuickstartTable
{
    public static void Write(IAnsiConsole console, QuickstartOutcome outcome, PgmHome home)
    {
        var s = outcome.Summary;
        console.WriteTable(
            ["stage", "time", "CPU seconds"],
            s.Stages.Select(stage => new[] { stage.Name, Texts.Duration(stage.Seconds), JobTables.Number(stage.CpuSeconds) }));
        console.WriteScores(outcome.Scores);
        if (s.Compared is { } models) WriteComparison(console, models);
        console.WriteLine();
        console.WriteFacts(
        [
            ("dataset", $"{s.Dataset.Name}: {s.Dataset.Images} images, {s.Dataset.Classes} classes"),
            .. outcome.Note is { } note ? [("note", note)] : Array.Empty<(string, string)>(),
            ("tokenizer", $"{s.Tokenizer.CodesUsed} of {s.Tokenizer.Codebook} codebook entries in use"),
            ("model",
                $"{s.Kind}, {s.Training.Parameters.ToString("N0", CultureInfo.InvariantCulture)} parameters, {s.Training.Steps} steps, "
                + $"final loss {JobTables.Number(s.Training.FinalLoss)}"),
            ("likelihood", $"{JobTables.Number(s.Evaluation.BitsPerToken)} bits per token of the held-out images"),
            ("sampling",
                $"{Texts.Rate(s.Sampling.ImagesPerSecond)} images/s in batches of {s.Sampling.Batch}, {s.Sampling.Steps} steps, "
                + $"guidance {JobTables.Number(s.Sampling.Guidance)}"),
            ("CPU time", $"{Texts.Duration(s.CpuSeconds)} in all, user and system"),
            ("weights SHA-256", s.Training.WeightsSha256),
            ("grid", s.Artifacts.Grid),
            ("loss curves", s.Artifacts.LossCurve),
            ("checkpoint", s.Artifacts.Checkpoint),
            ("summary", Path.Combine(home.Root, QuickstartRunner.SummaryName)),
        ]);
    }

    private static void WriteComparison(IAnsiConsole console, IReadOnlyList<QuickstartSummary.ModelPart> models)
    {
        console.WriteLine();
        console.WriteTable(
            [
                "model", "steps", "guidance", "class accuracy", "Frechet distance", "recall", "coverage", "bits per token", "images/s",
                "GFLOP/image",
            ],
            models.Select(m => new[]
            {
                m.Kind, $"{m.Steps}", JobTables.Number(m.Guidance), JobTables.Number(m.ClassAccuracyGenerated),
                JobTables.Number(m.FrechetGenerated), JobTables.Number(m.Recall), JobTables.Number(m.Coverage),
                JobTables.Number(m.BitsPerToken), Texts.Rate(m.ImagesPerSecond), JobTables.Number(m.GigaOperationsPerImage),
            }));
    }
}
