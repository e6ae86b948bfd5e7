using PgmCluster.Cli.Output;
using PgmCluster.Cli.Study;
using PgmCluster.Cli.Study.Pages;
using PgmCluster.Cli.Study.Parts;
using PgmCluster.Cli.Study.Plans;
using PgmCluster.TestSupport;

namespace PgmCluster.Cli.Tests.Study;

public sealed class StudyPageTests
{
    private static string Docs => Path.Combine(RepositoryRoot.Path, "deploy", "docs");

    /// <summary>Nobody writes into the page by hand: what it says are the numbers beside it.</summary>
    [Fact]
    public void Page_OfTheRepository_IsWhatItsNumbersGive()
    {
        var report = Json.Read<StudyReport>(File.ReadAllText(Path.Combine(Docs, StudyCommand.ReportName)));

        var page = StudyPage.Write(
            StudyPlans.Find(report.Preset), report, StudyPlot.Draw(report) is null ? null : StudyCommand.PlotName);

        Assert.Equal(page, File.ReadAllText(Path.Combine(Docs, StudyCommand.PageName)));
    }

    [Fact]
    public void Svg_TwoLines_AreDrawnWithTheirLabelsInsideThePicture()
    {
        var svg = ScatterDrawing.Svg(
            "distance", "operations",
            [new("a <b>", [new(0.5, 30, "8"), new(1, 20, "16")]), new("c", [new(40, 25, "32")])], ("level", 27.3));

        Assert.Contains("a &lt;b&gt;", svg);
        Assert.Contains(">level</text>", svg);
        Assert.Equal(3, svg.Split("<circle").Length - 1);
        foreach (var part in svg.Split("cx=\"").Skip(1)) Assert.InRange(double.Parse(part.Split('"')[0]), 70, 874);
    }
}
