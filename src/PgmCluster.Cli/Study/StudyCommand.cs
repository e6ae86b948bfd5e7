using System.CommandLine;
using PgmCluster.Cli.Commands;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Homes;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Quickstart;
using PgmCluster.Cli.Sessions;
using PgmCluster.Cli.Study.Jobs;
using PgmCluster.Cli.Study.Pages;
using PgmCluster.Cli.Study.Parts;
using PgmCluster.Cli.Study.Plans;
using PgmCluster.Cli.Study.Published;
using PgmCluster.Data.Artifacts;
using Spectre.Console;

namespace PgmCluster.Cli.Study;

/// <summary><c>pgm study</c>: the comparison of the models, from pictures to a page.</summary>
internal static class StudyCommand
{
    public const string ReportName = "study.json", PageName = "study.md", PlotName = "study.svg";

    public static Command Create(CliEnvironment environment)
    {
        var preset = new Option<string>("--preset")
        {
            Description = "fashion (hours on two CPU cores) or smoke (a minute or two, tiny models: shows that it runs, and nothing else)",
            HelpName = "NAME",
            DefaultValueFactory = _ => StudyPlans.Fashion.Preset,
        };
        var part = new Option<string>("--part")
        {
            Description = $"What to run: {string.Join(", ", StudyParts.Names)} or {StudyParts.All}; all build on the search",
            HelpName = "NAME",
            DefaultValueFactory = _ => StudyParts.All,
        };
        var models = new Option<string?>("--models")
        {
            Description = $"Only some of {StudyPlans.MaskGit},{StudyPlans.Pgm},{StudyPlans.Once}; others can follow later",
            HelpName = "LIST",
        };
        var output = new Option<string?>("--out")
        {
            Description = $"Directory for {ReportName}, {PageName} and {PlotName}. Default: the home",
            HelpName = "DIR",
        };
        var from = new Option<string?>("--from")
        {
            Description = $"A published {ReportName}: go on from its outcomes. What further jobs work with is made again here, and has to "
                + "come out the same, bit for bit",
            HelpName = "FILE",
        };
        var planOnly = new Option<bool>("--plan") { Description = "Run nothing: say what is left, and write the report of what is done" };
        var command = new Command("study", "Compare MaskGIT, PGM and PGM-once fairly; run it again to go on after an interruption")
        {
            preset, part, models, from, output, planOnly,
        };
        return command.Does(environment, async invocation =>
        {
            var whole = StudyPlans.Find(invocation.Get(preset)!);
            StudySpecifications.RequireOneSize(whole);
            var (plan, parts) = (ModelsOf(whole, invocation.Get(models)), PartsOf(invocation.Get(part)!));
            var data = SampleData.Locate(null);
            var jobs = new StudyJobs(plan, data);
            var home = invocation.Home;
            var records = new StudyRecords(Path.Combine(home.Root, "study", plan.Preset), environment.Time);
            if (invocation.Get(from) is { } report) await TakeOverAsync(invocation, report, whole, data, records);
            var outline = new StudyOutline(records, executor => StudyReport.OfAsync(plan, jobs, executor, parts));
            await outline.CountAsync();
            SayWhatIsLeft(invocation, plan, outline);

            if (!invocation.Get(planOnly) && outline.Left().Jobs > 0)
            {
                FreeSpace.Require(home.Root, plan.RequiredMegabytes, $"'study --preset {plan.Preset}'");
                await invocation.WithSessionAsync(
                    SiloNeed.Any, session => StudyReport.OfAsync(
                        plan, jobs, new StudyRunner(
                            session, records, outline, name => invocation.Board(name), line => Say(invocation, line),
                            environment.Sessions.MeasureSpeed, invocation.Cancellation), parts),
                    id => id.StartsWith("study-", StringComparison.Ordinal));
            }

            var found = await StudyReport.OfAsync(whole, new StudyJobs(whole, data), records, StudyParts.Names, records);
            var directory = invocation.Get(output) ?? home.Root;
            Publish(whole, found, directory);
            return invocation.Finish(found, console => console.WriteFacts(
                ("report", Path.GetFullPath(Path.Combine(directory, ReportName))),
                ("page", Path.GetFullPath(Path.Combine(directory, PageName)))));
        });
    }

    private static async Task TakeOverAsync(
        Invocation invocation, string report, StudyPlan plan, SampleData data, StudyRecords records)
    {
        var claim = invocation.Home.Claim();
        try
        {
            var taken = await PublishedStudy.TakeOverAsync(report, plan, new StudyJobs(plan, data), records);
            claim.Keep();
            Say(invocation, $"{taken} outcomes taken over from {report}");
        }
        finally
        {
            claim.Undo();
        }
    }

    private static IReadOnlyList<string> PartsOf(string part) => part switch
    {
        StudyParts.All => StudyParts.Names,
        _ when StudyParts.Names.Contains(part) => [part],
        _ => throw new UsageException(
            $"'{part}' is not a part of the study{NearestName.Hint(part, [.. StudyParts.Names, StudyParts.All])} "
            + $"Use --part {string.Join(", ", StudyParts.Names)} or {StudyParts.All}."),
    };

    private static StudyPlan ModelsOf(StudyPlan plan, string? list)
    {
        if (list is null) return plan;
        var names = list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var known = plan.Models.Select(m => m.Name).ToList();
        if (names.FirstOrDefault(n => !known.Contains(n)) is { } unknown)
            throw new UsageException(
                $"'{unknown}' is not a model of the study{NearestName.Hint(unknown, known)} Use --models {string.Join(',', known)} or "
                + "some of them.");
        return names.Length > 0 ? plan.Of(names) : throw new UsageException("--models names none. Leave it out for all models.");
    }

    private static void SayWhatIsLeft(Invocation invocation, StudyPlan plan, StudyOutline outline)
    {
        foreach (var part in outline.Parts)
        {
            var of = outline.Left(part);
            Say(invocation, $"{part}: {of.AllJobs - of.Jobs} of about {of.AllJobs} jobs done in {Texts.Duration(of.Taken)}, "
                + $"about {Texts.Duration(of.Seconds)} left");
        }
        var all = outline.Left();
        Say(invocation, $"study {plan.Preset}: {all.AllJobs - all.Jobs} of about {all.AllJobs} jobs done in {Texts.Duration(all.Taken)}, "
            + $"about {Texts.Duration(all.Seconds)} left (guessed for two cores until jobs of each kind are done)");
    }

    private static void Publish(StudyPlan plan, StudyReport report, string directory)
    {
        var plot = StudyPlot.Draw(report);
        if (plot is not null) AtomicFile.WriteAllText(OutputFile.InDirectory(directory, PlotName), plot);
        AtomicFile.WriteAllText(OutputFile.InDirectory(directory, ReportName), Json.Text(report) + "\n");
        AtomicFile.WriteAllText(
            OutputFile.InDirectory(directory, PageName), StudyPage.Write(plan, report, plot is null ? null : PlotName));
    }

    private static void Say(Invocation invocation, string line)
    {
        invocation.ProgressWriter.WriteLine(line);
        invocation.ProgressWriter.Flush();
    }
}
