using System.Globalization;
using PgmCluster.Cli.Output;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Pulls;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using Spectre.Console;

namespace PgmCluster.Cli.Jobs;

/// <summary>What jobs made, as text.</summary>
internal static class JobTables
{
    private const int MostFilesShown = 5;

    public static void WriteStatus(this IAnsiConsole console, JobStatus status) => console.WriteFacts(
    [
        (status.Kind.ToString().ToLowerInvariant(), status.Id),
        ("what", status.Summary),
        ("phase", status.Phase.ToString().ToLowerInvariant() + (string.IsNullOrWhiteSpace(status.Message) ? "" : $": {status.Message}")),
        ("progress", string.Join(", ", new[] { Texts.Done(status.Progress), Texts.Rate(status.Progress) }.Where(t => t.Length > 0))),
        ("created", Texts.Time(status.CreatedAt)),
        .. status.StartedAt is { } started ? [("started", Texts.Time(started))] : Array.Empty<(string, string)>(),
        .. status.FinishedAt is { } finished ? [("finished", Texts.Time(finished))] : Array.Empty<(string, string)>(),
        ("attempts", $"{status.Attempt}"),
        .. status.Labels is { } labels ? [("labels", Texts.Labels(labels))] : Array.Empty<(string, string)>(),
    ]);

    /// <param name="console">Where to.</param>
    /// <param name="result">One of the results of the contracts; null writes nothing.</param>
    /// <param name="path">From an artifact's name to its file.</param>
    public static void WriteResult(this IAnsiConsole console, object? result, Func<string, string> path)
    {
        switch (result)
        {
            case TrainingResult r:
                console.WriteFacts(
                [
                    ("steps", $"{r.Steps}"),
                    ("final loss", Number(r.FinalLoss)),
                    .. r.ValidationLoss is { } v ? [("validation loss", Number(v))] : Array.Empty<(string, string)>(),
                    ("parameters", r.Parameters.ToString("N0", CultureInfo.InvariantCulture)),
                    ("weights SHA-256", r.WeightsSha256),
                    ("weights", path(r.Weights.Name)),
                    .. r.Checkpoint is { } c ? [("checkpoint", path(c.Name))] : Array.Empty<(string, string)>(),
                    .. r.LossCurve is { } l ? [("loss curve", path(l.Name))] : Array.Empty<(string, string)>(),
                ]);
                break;
            case TokenizationResult r:
                console.WriteFacts(
                [
                    ("images", $"{r.Images} in {r.Shards.Count} shards"),
                    .. (r.MoreSets ?? []).Select(s => (
                        $"{s.Split}{(s.Flipped ? ", mirrored" : "")}", $"{s.Images} in {s.Shards.Count} shards")),
                    ("code grid", $"{r.Height} x {r.Width}"),
                    ("codebook", $"{r.CodesUsed} of {r.Codebook} entries in use"),
                    .. LeftOut(r.Skipped),
                ]);
                break;
            case SamplingResult r:
                console.WriteFacts(
                [
                    ("images", $"{r.Images.Count}"),
                    .. r.Classes is { } rows
                        ? [("classes", string.Join("; ", rows.Take(20)) + (rows.Count > 20 ? "; ..." : ""))]
                        : Array.Empty<(string, string)>(),
                    ("grid", path(r.Grid.Name)),
                    .. r.Note is { } note ? [("note", note)] : Array.Empty<(string, string)>(),
                ]);
                break;
            case EvaluationScores r:
                console.WriteScores(r);
                break;
            case LikelihoodScore r:
                console.WriteLikelihood(r);
                break;
            case PullResult r:
                console.WriteFacts(
                [
                    ("repository", $"{r.Repository} at {r.Commit}"),
                    ("files", $"{r.Files}, {Texts.Bytes(r.Bytes)}, of which {Texts.Bytes(r.Transferred)} came over the network"),
                    .. r.Files > MostFilesShown ? [("directory", r.Directory)]
                        : r.Names.Select(n => ("file", $"{r.Directory}/{n}")),
                ]);
                break;
            case ReferenceStatistics r:
                console.WriteFacts(
                [
                    ("images", $"{r.Images.Count} of {r.Images.Dataset}/{r.Images.Split} at {r.ImageSize} pixels"),
                    ("image set SHA-256", r.Images.Sha256),
                    ("features", Words(r.Features)),
                    ("statistics", path(r.File.Name)),
                    .. LeftOut(r.Skipped),
                ]);
                break;
        }
    }

    public static void WriteScores(this IAnsiConsole console, EvaluationScores r)
    {
        var isFid = r.Basis?.Features.Kind == FeatureKinds.Inception;
        var heldOut = r.Basis?.HeldOutImages ?? r.Images;
        console.WriteTable(
            [heldOut == r.Images ? $"{r.Images} images each" : $"{r.Images} generated images, {heldOut} held out", "class accuracy",
                isFid ? "FID" : "Frechet distance (classifier features, not FID)"],
            [
                ["real, held out", Number(r.ClassifierAccuracyReal), Number(r.FrechetReal)],
                ["reconstructed by the tokenizer", Number(r.ClassAccuracyReconstructed), Number(r.FrechetReconstructed)],
                ["generated", Number(r.ClassAccuracyGenerated), Number(r.FrechetGenerated)],
            ]);
        if (r.Skipped is { } skipped) console.WriteFacts([.. LeftOut(skipped)]);
        if (r.Remark is { } remark) console.WriteLine($"{remark}.");
        if (r.InceptionScore is { } score) console.WriteLine($"Inception score {Number(score)}.");
        if (r.InFiveChunks is { } chunks) console.WriteLine($"{Words(chunks)} (3 neighbours, in 5 chunks as published).");
        if (r.Whole is { } whole) console.WriteLine($"{Words(whole)} (3 neighbours, all images at once).");
        var reference = r.Basis is { } basis
            ? $"{r.ReferenceImages} images of {basis.Reference.Dataset}/{basis.Reference.Split} ({basis.Reference.Sha256[..8]}), seen "
                + $"by {Words(basis.Features)}"
            : $"{r.ReferenceImages} training images";
        console.WriteLine($"Reconstruction mean squared error {Number(r.ReconstructionMse)} (pixels in [-1, 1]); reference: {reference}.");
    }

    private static void WriteLikelihood(this IAnsiConsole console, LikelihoodScore r)
    {
        var basis = r.Basis;
        console.WriteFacts(
        [
            ("bits per token", $"{Number(r.BitsPerToken)} +- {Number(r.StandardError)} (a uniform guess: {Number(Math.Log2(r.Codebook))})"),
            ("bits per image", Number(r.BitsPerImage)),
            ("images", $"{r.Images} of {basis.SplitImages} of {basis.Tokens} ({basis.Split}, {basis.TokensSha256[..8]}), "
                + $"{r.Tokens} tokens each"),
            ("revealed", $"{basis.Order} order, {basis.Counts.Count} steps"),
        ]);
        if (r.Remark is { } remark) console.WriteLine($"{remark}.");
    }

    private static IEnumerable<(string, string)> LeftOut(IReadOnlyList<SkippedImage>? images) =>
        (images ?? []).Select(i => ("left out", $"{i.Key} in shard {i.Shard}: {i.Reason}"));

    public static string Number(double? value) => value?.ToString("G4", CultureInfo.InvariantCulture) ?? "-";

    private static string Words(NeighbourScores s) =>
        $"Precision {Number(s.Precision)}, recall {Number(s.Recall)}, density {Number(s.Density)}, coverage {Number(s.Coverage)}";

    private static string Words(FeatureSource features) => $"{features.Name} (weights {features.Weights.Sha256[..8]})";
}
