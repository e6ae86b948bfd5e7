using System.Text.Json;
using PgmCluster.Cli.Tests.Fakes;

namespace PgmCluster.Cli.Tests.Quickstart;

/// <summary>Other programs read <c>summary.json</c>.</summary>
public sealed class QuickstartSummaryTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeCluster _cluster = new();

    private static readonly string[] Always =
    [
        "preset", "seed", "stages[].name", "stages[].seconds", "stages[].cpuSeconds", "dataset.name", "dataset.images", "dataset.classes",
        "tokenizer.codebook", "tokenizer.codesUsed", "tokenizer.reconstructionMse",
        "training.steps", "training.finalLoss", "training.parameters", "training.weightsSha256",
        "evaluation.classifierAccuracyReal", "evaluation.classAccuracyReconstructed", "evaluation.classAccuracyGenerated",
        "evaluation.frechetReal", "evaluation.frechetReconstructed", "evaluation.frechetGenerated", "evaluation.bitsPerToken",
        "evaluation.bitsStandardError",
    ];

    private static readonly string[] New =
    [
        "kind", "cpuSeconds", "sampling.sampler", "sampling.steps", "sampling.guidance", "sampling.batch", "sampling.imagesPerSecond",
        "sampling.gigaOperationsPerImage",
    ];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Quickstart_Completed_WritesSummaryOfTheDocumentedShape()
    {
        var run = await Run("--json");

        Assert.Equal(File.ReadAllText(_directory["out/summary.json"]), run.Out);
        Assert.Equal(
        [
            .. Always, "baseline", "speed", "artifacts.grid", "artifacts.lossCurve", "artifacts.checkpoint",
            .. New, "compared",
        ], Paths(run.Json, "").Distinct());
        foreach (var name in new[] { "baseline", "speed", "compared" })
            Assert.Equal(JsonValueKind.Null, run.Json.GetProperty(name).ValueKind);
        Assert.Equal("pgm-once", run.Json.GetProperty("kind").GetString());
        Assert.Equal("weights of smoke-s3-model", run.Json.GetProperty("training").GetProperty("weightsSha256").GetString());
        Assert.Equal("grid of smoke-s3-sample", File.ReadAllText(run.Json.GetProperty("artifacts").GetProperty("grid").GetString()!));
        Assert.Contains("[5/8] model: step 30/100", run.Error);
    }

    [Fact]
    public async Task Quickstart_Compare_WritesSummaryOfTheDocumentedShape()
    {
        var run = await Run("--compare", "--json");

        Assert.Equal(
        [
            .. Always,
            "baseline.steps", "baseline.finalLoss", "baseline.parameters", "baseline.weightsSha256", "baseline.classAccuracyGenerated",
            "baseline.frechetGenerated",
            "speed.batch", "speed.pgmImagesPerSecond", "speed.maskGitImagesPerSecond", "speed.ratio", "speed.countedRatio",
            "artifacts.grid", "artifacts.lossCurve", "artifacts.checkpoint",
            .. New,
            .. "kind preset steps parameters finalLoss weightsSha256 trainingSeconds trainingCpuSeconds guidance classAccuracyGenerated "
                .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => $"compared[].{n}"),
            .. "frechetGenerated precision recall density coverage bitsPerToken bitsStandardError imagesPerSecond gigaOperationsPerImage"
                .Split(' ').Select(n => $"compared[].{n}"),
        ], Paths(run.Json, "").Distinct());
        Assert.Equal(
            ["pgm-once", "pgm", "maskgit"],
            run.Json.GetProperty("compared").EnumerateArray().Select(m => m.GetProperty("kind").GetString()));
        // What "ratio" was before there was a third model.
        var speed = run.Json.GetProperty("speed");
        Assert.Equal(
            (SpeedOf(1), SpeedOf(2), SpeedOf(1) / SpeedOf(2)),
            (speed.GetProperty("pgmImagesPerSecond").GetDouble(), speed.GetProperty("maskGitImagesPerSecond").GetDouble(),
                speed.GetProperty("ratio").GetDouble()));
        Assert.Equal("weights of smoke-s3-maskgit", run.Json.GetProperty("baseline").GetProperty("weightsSha256").GetString());

        double SpeedOf(int model) => run.Json.GetProperty("compared")[model].GetProperty("imagesPerSecond").GetDouble();
    }

    private Task<CliRun> Run(params string[] more) =>
        CliRun.Of(_cluster, ["quickstart", "--preset", "smoke", "--seed", "3", "--out", _directory["out"], .. more]);

    private static IEnumerable<string> Paths(JsonElement element, string prefix) => element.ValueKind switch
    {
        JsonValueKind.Object =>
            element.EnumerateObject().SelectMany(p => Paths(p.Value, prefix.Length == 0 ? p.Name : $"{prefix}.{p.Name}")),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(e => Paths(e, $"{prefix}[]")),
        _ => [prefix],
    };
}
