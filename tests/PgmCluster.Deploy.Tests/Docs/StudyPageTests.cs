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
