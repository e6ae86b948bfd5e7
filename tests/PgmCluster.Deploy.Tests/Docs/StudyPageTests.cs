using System.Globalization;
using System.Text.Json;
using PgmCluster.TestSupport;

namespace PgmCluster.Deploy.Tests.Docs;

/// <summary>What the pages tell of the study is what <c>study.json</c> has.</summary>
public sealed class StudyPageTests
{
    private static readonly JsonElement s_study =
        JsonDocument.Parse(File.ReadAllText(Path.Combine(RepositoryRoot.Path, "deploy/docs/study.json"))).RootElement;

    [Fact]
    public void EncodeOnce_EveryAblation_IsThatOfTheStudy()
    {
        var rows = s_study.GetProperty("ablations").EnumerateArray().Select(a =>
        {
            var (ablation, steps) = (a.GetProperty("ablation"), a.GetProperty("setting").GetProperty("steps").GetInt32());
            var (model, frechet) = (ablation.GetProperty("model").GetString()!, a.GetProperty("scores").GetProperty("frechet").GetDouble());
            var seeds = Seeds(model, steps);
            var against = frechet < seeds.Min() ? "below" : frechet > seeds.Max() ? "above" : "among";
            return Text($"| {model}: {ablation.GetProperty("name").GetString()} | {steps} | {frechet:F1} | {seeds.Min():F1} to {seeds.Max():F1} | {against} |");
        });

        Assert.Equal(rows.Order(), Rows("deploy/docs/encode-once.md", "once: ", "pgm: ", "maskgit: ").Order());
    }

    [Fact]
    public void Readme_EveryRowOfTheStudy_IsOnItsPage()
    {
        var rows = Rows("README.md", "real, held out |  |", "their reconstructions", "once, ", "pgm, ", "maskgit, ");

        Assert.NotEmpty(rows);
        Assert.Empty(rows.Except(Rows("deploy/docs/study.md", "")));
    }

    [Fact]
    public void Readme_DistanceBelowTheReconstructions_IsSoForEachSeed()
    {
        Assert.Contains("For each seed the distance of the model that encodes each token once is below that of\nthe tokenizer's reconstructions", Pages.All["README.md"]);

        var reconstructions = s_study.GetProperty("ablations")[0].GetProperty("scores").GetProperty("reconstructedFrechet").GetDouble();
        Assert.All(Seeds("once", 16), distance => Assert.InRange(distance, 0, reconstructions));
    }

    [Fact]
    public void Readme_BitsAToken_AreThoseOfTheStudy() =>
        Assert.Contains(
            Text($"it costs {Bits("once"):F1} bits a token, PGM {Bits("pgm"):F1}, MaskGIT {Bits("maskgit"):F1}"), Pages.All["README.md"]);

    [Fact]
    public void EncodeOnce_SpeedsAtLength_AreThoseOfTheStudy()
    {
        int[] steps = [16, 32, 64];
        var page = Pages.All["deploy/docs/encode-once.md"];

        Assert.All(steps, s => Assert.Contains(
            Text($"| {s} | {Times("once", s):F1} ({Counted("once", s):F1}) | {Times("pgm", s):F1} ({Counted("pgm", s):F1}) |"), page));
        Assert.Contains(
            Text($"A single picture gains {Times("once", 16, 1):F0}, {Times("once", 32, 1):F0} and {Times("once", 64, 1):F0} times"), page);
        Assert.Contains(Text(
            $"(Frechet {Frechet("once"):F1}, {Frechet("pgm"):F1} and {Frechet("maskgit"):F1}, one training seed each), at {LengthBits("once"):F2} bits a token ({LengthBits("pgm"):F2} and {LengthBits("maskgit"):F2})"), page);
    }

    [Fact]
    public void Readme_FiguresAtLength_AreThoseOfTheStudy()
    {
        var page = Pages.All["README.md"];

        Assert.Contains(
            Text($"in 32 steps, 50 pictures at once, it draws {Times("once", 32):F0} times as many a second as MaskGIT and\n{Times("once", 32) / Times("pgm", 32):F1} times as many as PGM"), page);
        Assert.Contains(
            Text($"(in 64 steps {Times("once", 64):F0} and {Times("once", 64) / Times("pgm", 64):F1} times), at a Frechet distance of {Frechet("once"):F1} (MaskGIT {Frechet("maskgit"):F1}, PGM {Frechet("pgm"):F1}; one training seed) and {LengthBits("once"):F1} bits a token ({LengthBits("maskgit"):F1}, {LengthBits("pgm"):F1})"), page);
    }

    private static double Times(string model, int steps, int batch = 50) =>
        Speed(model, steps, batch, "imagesPerSecond") / Speed("maskgit", steps, batch, "imagesPerSecond");

    private static double Counted(string model, int steps) =>
        Speed("maskgit", steps, 50, "gigaOperationsPerImage") / Speed(model, steps, 50, "gigaOperationsPerImage");

    private static double Speed(string model, int steps, int batch, string figure) =>
        s_study.GetProperty("lengthSpeeds").EnumerateArray()
            .Single(s => s.GetProperty("model").GetString() == model && s.GetProperty("batch").GetInt32() == batch
                && s.GetProperty("setting").GetProperty("steps").GetInt32() == steps)
            .GetProperty("speed").GetProperty(figure).GetDouble();

    private static double Frechet(string model) => AtLength(model).GetProperty("scores").GetProperty("frechet").GetDouble();

    private static double LengthBits(string model) => AtLength(model).GetProperty("bits").GetProperty("bitsPerToken").GetDouble();

    private static JsonElement AtLength(string model) =>
        s_study.GetProperty("length").EnumerateArray().Single(r => r.GetProperty("model").GetString() == model);

    private static double[] Seeds(string model, int steps) =>
        [.. Of(model).GetProperty("rows").EnumerateArray()
            .Single(r => r.GetProperty("choice").GetString() == "lowest Frechet" && r.GetProperty("setting").GetProperty("steps").GetInt32() == steps)
            .GetProperty("seeds").EnumerateArray().Select(s => s.GetProperty("scores").GetProperty("frechet").GetDouble())];

    private static double Bits(string model) =>
        Of(model).GetProperty("runs").EnumerateArray().Average(r => r.GetProperty("bits").GetProperty("bitsPerToken").GetDouble());

    private static JsonElement Of(string model) =>
        s_study.GetProperty("report").EnumerateArray().Single(r => r.GetProperty("model").GetString() == model);

    private static string[] Rows(string page, params string[] beginnings) =>
        [.. Pages.All[page].Split('\n').Where(l => beginnings.Any(b => l.StartsWith($"| {b}", StringComparison.Ordinal)))];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
