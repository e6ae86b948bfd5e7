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

    /// <summary>The README's table of the study has lines of the page.</summary>
    [Fact]
    public void Readme_TableOfTheStudy_HasLinesOfThePage()
    {
        var page = File.ReadAllLines(Path.Combine(Docs, StudyCommand.PageName));
        var readme = File.ReadAllLines(Path.Combine(RepositoryRoot.Path, "README.md"));
        var table = readme.SkipWhile(l => l != page.First(p => p.StartsWith("| 1,000 pictures", StringComparison.Ordinal)))
            .TakeWhile(l => l.StartsWith('|')).ToList();

        Assert.Equal(7, table.Count);
        Assert.All(table, line => Assert.Contains(line, page));
    }

    [Fact]
    public void Place_PointsSideBySide_NoLabelLiesOnAnother()
    {
        (double X, double Y)[] points = [(100, 100), (108, 96), (116, 92)];
        var places = new LabelPlaces(points);

        var labels = points.Select(p => places.Place(p.X, p.Y, "16")).ToList();

        foreach (var (a, b) in from a in labels from b in labels where a != b select (a, b))
            Assert.True(Math.Abs(a.X - b.X) >= 14 || Math.Abs(a.Y - b.Y) >= 12, $"{a} and {b}");
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
