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
        console.WriteTable(["stage", "time"], s.Stages.Select(stage => new[] { stage.Name, Texts.Duration(stage.Seconds) }));
        console.WriteScores(outcome.Scores);
        console.WriteLine();
        console.WriteFacts(
        [
            ("dataset", $"{s.Dataset.Name}: {s.Dataset.Images} images, {s.Dataset.Classes} classes"),
            .. outcome.Note is { } note ? [("note", note)] : Array.Empty<(string, string)>(),
            ("tokenizer", $"{s.Tokenizer.CodesUsed} of {s.Tokenizer.Codebook} codebook entries in use"),
            ("model",
                $"{s.Training.Parameters.ToString("N0", CultureInfo.InvariantCulture)} parameters, {s.Training.Steps} steps, final loss "
                + $"{JobTables.Number(s.Training.FinalLoss)}"),
            ("baseline",
                $"MaskGIT, {s.Baseline.Parameters.ToString("N0", CultureInfo.InvariantCulture)} parameters, {s.Baseline.Steps} steps: "
                + $"class accuracy {JobTables.Number(s.Baseline.ClassAccuracyGenerated ?? double.NaN)}, Frechet distance "
                + $"{JobTables.Number(s.Baseline.FrechetGenerated)}"),
            ("sampling",
                $"PGM {JobTables.Number(s.Speed.PgmImagesPerSecond)} images/s, MaskGIT "
                + $"{JobTables.Number(s.Speed.MaskGitImagesPerSecond)}: "
                + $"{JobTables.Number(s.Speed.Ratio)} times faster ({JobTables.Number(s.Speed.CountedRatio)} by counted operations)"),
            ("weights SHA-256", s.Training.WeightsSha256),
            ("grid", s.Artifacts.Grid),
            ("loss curve", s.Artifacts.LossCurve),
            ("checkpoint", s.Artifacts.Checkpoint),
            ("summary", Path.Combine(home.Root, QuickstartRunner.SummaryName)),
        ]);
    }
}
