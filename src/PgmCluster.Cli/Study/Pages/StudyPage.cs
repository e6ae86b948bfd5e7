using System.Globalization;
using System.Text;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Study.Jobs;
using PgmCluster.Cli.Study.Parts;
using PgmCluster.Cli.Study.Plans;
using static PgmCluster.Cli.Study.Pages.MarkdownTable;

namespace PgmCluster.Cli.Study.Pages;

/// <summary>The report as a page: <c>study.md</c>.</summary>
internal static class StudyPage
{
    private static readonly string[] ScoreHeaders = ["Frechet", "class accuracy", "precision", "recall", "density", "coverage"];

    /// <param name="plan">The plan, which also says what was not run.</param>
    /// <param name="report">What was run.</param>
    /// <param name="plot">Name of the plot beside the page; null where there is nothing to plot.</param>
    public static string Write(StudyPlan plan, StudyReport report, string? plot)
    {
        var page = new StringBuilder();
        page.Append("# The study: MaskGIT, PGM and a PGM that encodes each token once\n\n")
            .Append(
                CultureInfo.InvariantCulture,
                $"Made by `pgm study --preset {plan.Preset} --out DIR`, as `study.json`, which has every number; ")
            .Append("the same command goes on\nwhere it was, and `--from study.json` in another home where this report is. What has not been run is ")
            .Append("called \"not run\".\n\n");
        Conditions(page, plan, report);
        Report(page, plan, report, plot);
        Speeds(page, report);
        Search(page, plan, report);
        Ablations(page, plan, report);
        Length(page, plan, report);
        return page.ToString().TrimEnd() + "\n";
    }

    private static void Conditions(StringBuilder page, StudyPlan plan, StudyReport report)
    {
        var (data, judge, tokens) = (report.Foundation.Dataset, report.Foundation.Judge, report.Foundation.Tokens);
        var (all, training, validation) = (Count(data?.Images), Count(data?.TrainingImages), Count(data?.ValidationImages));
        var (guidance, scales, otherSteps) = (List(plan.Guidance), List(plan.LogitScales), List(plan.OtherSteps));
        page.Append(CultureInfo.InvariantCulture, $"""
            ## Conditions, the same for all

            - **Pictures**: {all}. The training images ({training}) train everything (judge, tokenizer, models) and are what the report's
              pictures are compared with, as in the quickstart. The validation images ({validation}) train nothing: all choices are made by
              the Frechet distance to them, and likelihoods are of them. The report is drawn with training and sampling seeds that no choice
              has seen. There is no third set of pictures: the best settings are compared with the validation images once more, and whoever
              trusts neither reference can look whether they agree.
            - **Judge**: one classifier, preset {plan.Judge}, trained once. SHA-256 of its weights:
              `{judge?.WeightsSha256 ?? NotRun}`.
            - **Codes**: {plan.Grid.Side}x{plan.Grid.Side} of {plan.Grid.Codebook} entries, one tokenizer;
              entries in use: {Count(tokens?.CodesUsed)}.
            - **Models**: parameters within 1 %; steps, batch and optimizer alike.
            - **Search**, for each model alike: learning rates {List(plan.LearningRates)}; at {plan.Steps} steps and each of these rates
              guidance {guidance} in both forms, growing (linear) and constant;
              logit scales {scales} at the best; then {otherSteps} steps with the best guidance and its neighbours.
              The lowest Frechet distance wins. Beside it the setting is reported whose class accuracy is closest to that of real pictures:
              accuracy above theirs shows over-guiding, not quality.
            - **Report**: training seeds {List(plan.ReportSeeds)}, {Count(plan.Images)} pictures each. Precision and its kin are of five
              chunks; `study.json` has those of the whole as well.
            - **Training time**: CPU seconds are those of all cores, user and system, of the process that trained, checkpoints and all;
              what else the machine does changes them little. Time on the clock counts that too, so only CPU seconds compare the models.

            """);
        if (report.TakenOver > 0)
        {
            page.Append(CultureInfo.InvariantCulture, $"""
                - **Machines**: {report.TakenOver} outcomes, speeds among them, are those of an earlier report (`--from`), made in another home.
                  What a job works with here (pictures, judge, tokenizer, codes, features, models) is made again first: where it had come
                  out with other bits, the study would have stopped.

                """);
        }
        page.Append('\n');
        page.Table(
            ["model", "preset and overrides", "parameters", "learning rate"],
            report.Search.Select(s => (IReadOnlyList<string>)[
                s.Model, $"{plan.Model(s.Model).Preset} {Overrides(plan.Model(s.Model).Set)}".Trim(), Count(s.Parameters),
                Rate(s.LearningRate)]));
    }

    private static void Report(StringBuilder page, StudyPlan plan, StudyReport report, string? plot)
    {
        page.Append("## Quality\n\nMean over the training seeds.\n\n");
        var any = report.Report.SelectMany(m => m.Rows).Where(r => r.Choice != ModelReport.HeldOut).SelectMany(r => r.Seeds)
            .Select(s => s.Scores).FirstOrDefault(s => s is not null);
        var rows = new List<IReadOnlyList<string>>
        {
            (string[])["real, held out", "", "", Number(any?.RealFrechet), Number(any?.RealAccuracy), "", "", "", ""],
            (string[])["their reconstructions", "", "", Number(any?.ReconstructedFrechet), Number(any?.ReconstructedAccuracy), "", "", "",
                ""],
        };
        foreach (var model in plan.Models)
        {
            var found = report.Report.FirstOrDefault(m => m.Model == model.Name)?.Rows ?? [];
            rows.AddRange(found.Select(r => (IReadOnlyList<string>)[
                $"{model.Name}, {r.Choice}", $"{r.Setting.Steps}", $"{r.Setting}", .. Scores(r.Mean)]));
            if (found.Count == 0) rows.Add([model.Name, $"{plan.Steps}", .. Enumerable.Repeat(NotRun, 1 + ScoreHeaders.Length)]);
        }
        page.Table([$"{Count(plan.Images)} pictures", "steps", "guidance", .. ScoreHeaders], rows);

        page.Append("Each seed: Frechet distance, exact likelihood in the Halton order without guidance, and what its training took ")
            .Append("(CPU seconds, and\ntime on the clock):\n\n").Table(
            ["model", "steps", "guidance", .. plan.ReportSeeds.Select(s => $"seed {s}")],
            plan.Models.SelectMany(model => SeedRows(plan, model.Name, report.Report.FirstOrDefault(m => m.Model == model.Name))));
        if (plot is not null) page.Append(CultureInfo.InvariantCulture, $"![Frechet distance against operations]({plot})\n\n");
    }

    private static IEnumerable<IReadOnlyList<string>> SeedRows(StudyPlan plan, string model, ModelReport? found)
    {
        foreach (var row in found?.Rows ?? [])
            yield return [$"{model}, {row.Choice}", $"{row.Setting.Steps}", $"{row.Setting}",
                .. row.Seeds.Select(s => Number(s.Scores?.Frechet))];
        yield return
        [
            $"{model}, bits a token of the validation images", $"{plan.Steps}", "",
            .. plan.ReportSeeds.Select(seed => Number(found?.Runs.FirstOrDefault(r => r.Seed == seed)?.Bits?.BitsPerToken)),
        ];
        yield return
        [
            $"{model}, training", "", "",
            .. plan.ReportSeeds.Select(
                seed => found?.Runs.FirstOrDefault(r => r.Seed == seed) is { } run ? Taken(run.CpuSeconds, run.Seconds) : NotRun),
        ];
    }

    private static string Taken(double? cpuSeconds, double? seconds) => seconds is { } onTheClock
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"{(cpuSeconds is { } cpu ? $"{cpu:N0} CPU s" : "CPU s not counted")}, {Texts.Duration(onTheClock)}")
        : NotRun;

    private static void Speeds(StringBuilder page, StudyReport report)
    {
        page.Append("## Speed of sampling\n\nTokens only, the models in turns in one process, guided in every step.\n\n");
        SpeedTable(page, report.Speeds);
        page.Append("At the settings of the table above:\n\n");
        if (report.ChosenSpeeds.Count == 0) page.Append("Not run.\n\n");
        else
        {
            page.Table(
                ["model", "steps", "guidance", "batch", "images/s", "10^9 operations an image"],
                report.ChosenSpeeds.Select(s => (IReadOnlyList<string>)[
                    s.Model, $"{s.Setting.Steps}", $"{s.Setting}", $"{s.Batch}", Number(s.Speed?.ImagesPerSecond),
                    Number(s.Speed?.GigaOperationsPerImage)]));
        }
    }

    private static void SpeedTable(StringBuilder page, IReadOnlyList<MeasuredSpeed> speeds)
    {
        if (speeds.Count == 0)
        {
            page.Append("Not run.\n\n");
            return;
        }
        var first = speeds[0].Model;
        page.Table(
            ["model", "steps", "batch", "images/s", "10^9 operations an image", $"times {first}'s images/s", "by counted operations"],
            speeds.Select(s =>
            {
                var other = speeds.First(o => o.Model == first && o.Setting.Steps == s.Setting.Steps && o.Batch == s.Batch).Speed;
                return (IReadOnlyList<string>)[
                    s.Model, $"{s.Setting.Steps}", $"{s.Batch}", Number(s.Speed?.ImagesPerSecond), Number(s.Speed?.GigaOperationsPerImage),
                    Number(s.Speed?.ImagesPerSecond / other?.ImagesPerSecond),
                    Number(other?.GigaOperationsPerImage / s.Speed?.GigaOperationsPerImage)];
            }));
    }

    private static void Search(StringBuilder page, StudyPlan plan, StudyReport report)
    {
        page.Append("## Search\n\nAgainst the validation images, one training a rate; the best guidance of each.\n\n").Table(
            ["model", "learning rate", "final loss", "guidance", .. ScoreHeaders],
            report.Search.SelectMany(s => s.Rates.Select(r =>
            {
                var best = ScoredSetting.Best(r.Points);
                return (IReadOnlyList<string>)[
                    s.Model, Rate(r.LearningRate), Number(r.Trained?.FinalLoss), best is null ? NotRun : $"{best.Setting}",
                    .. Scores(best?.Scores)];
            })));
        page.Append("Frechet distance at every guidance, at the chosen rate:\n\n").Table(
            ["guidance", .. report.Search.Select(s => s.Model)],
            plan.Candidates(plan.Steps).Select(candidate => (IReadOnlyList<string>)[
                $"{candidate}", .. report.Search.Select(s => Number(At(s, candidate)?.Scores?.Frechet))]));

        static ScoredSetting? At(ModelSearch search, StudySetting candidate) => search.Rates
            .FirstOrDefault(r => r.LearningRate == search.LearningRate)?.Points.First(p => p.Setting == candidate);
    }

    private static void Ablations(StringBuilder page, StudyPlan plan, StudyReport report)
    {
        page.Append("## One change at a time\n\n")
            .Append(CultureInfo.InvariantCulture, $"Training seed {plan.ReportSeeds[0]}; guidance chosen among ")
            .Append(CultureInfo.InvariantCulture, $"{List(plan.FewGuidances)} and the model's own by the validation images. ")
            .Append("Unchanged models first.\n\n");
        var rows = new List<IReadOnlyList<string>>();
        foreach (var model in plan.Models)
        {
            var found = report.Report.FirstOrDefault(m => m.Model == model.Name);
            var row = found?.Rows.FirstOrDefault(r => r.Choice == ModelReport.Lowest);
            rows.Add([
                $"{model.Name}, as it is", $"{plan.Steps}", row is null ? NotRun : $"{row.Setting}", .. Scores(row?.Seeds[0].Scores),
                Number(found?.Runs.FirstOrDefault()?.Bits?.BitsPerToken)]);
        }
        foreach (var ablation in plan.Ablations)
        {
            var found = report.Ablations.FirstOrDefault(a => a.Ablation.Name == ablation.Name && a.Ablation.Model == ablation.Model);
            rows.Add([
                $"{ablation.Model}: {ablation.Name}", $"{ablation.Steps ?? plan.Steps}", found?.Setting is { } s ? $"{s}" : NotRun,
                .. Scores(found?.Scores), Number(found?.Bits?.BitsPerToken)]);
        }
        page.Table(["change", "steps", "guidance", .. ScoreHeaders, "bits a token"], rows);
    }

    private static void Length(StringBuilder page, StudyPlan plan, StudyReport report)
    {
        var grid = plan.Length.Grid;
        page.Append(CultureInfo.InvariantCulture, $"## Longer sequences: {grid.Side}x{grid.Side} codes\n\n")
            .Append(CultureInfo.InvariantCulture, $"The same pictures, {grid.Side * grid.Side} codes of {grid.Codebook} entries, ")
            .Append(CultureInfo.InvariantCulture, $"{plan.Length.Steps} steps; one training seed, ")
            .Append("learning rates and form of guidance as found above.\n\n");
        page.Table(
            ["model", "guidance", .. ScoreHeaders, "bits a token", "training"],
            plan.Models.Select(model =>
            {
                var found = report.Length.FirstOrDefault(l => l.Model == model.Name);
                return (IReadOnlyList<string>)[
                    model.Name, found?.Setting is { } s ? $"{s}" : NotRun,
                    .. Scores(found?.Scores), Number(found?.Bits?.BitsPerToken), Taken(found?.CpuSeconds, found?.Seconds)];
            }));
        SpeedTable(page, report.LengthSpeeds);
    }

    /// <summary>The columns of <see cref="ScoreHeaders"/>.</summary>
    private static IEnumerable<string> Scores(Func<Func<StudyScores, double?>, double?> of) =>
    [
        Number(of(s => s.Frechet)), Number(of(s => s.ClassAccuracy)), Number(of(s => s.InFiveChunks?.Precision)),
        Number(of(s => s.InFiveChunks?.Recall)), Number(of(s => s.InFiveChunks?.Density)), Number(of(s => s.InFiveChunks?.Coverage)),
    ];

    private static IEnumerable<string> Scores(StudyScores? scores) => Scores(of => scores is null ? null : of(scores));

    private static string Rate(double? rate) => rate?.ToString(CultureInfo.InvariantCulture) ?? NotRun;

    private static string Overrides(IReadOnlyDictionary<string, string> set) => string.Join(' ', set.Select(s => $"{s.Key}={s.Value}"));

    private static string List<T>(IEnumerable<T> values) =>
        string.Join(", ", values.Select(v => string.Create(CultureInfo.InvariantCulture, $"{v}")));
}
