using System.Text.Json;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Study.Jobs;
using PgmCluster.Cli.Study.Parts;
using PgmCluster.Cli.Study.Plans;

namespace PgmCluster.Cli.Study.Published;

/// <summary>
/// Outcomes of a report, put on record so that a study goes on from them in another home. A report is what one walk over the study's jobs
/// has found: the same walk, asked again, meets the outcomes in the order in which the report lists them.
/// </summary>
internal sealed class PublishedStudy : IStudyExecutor
{
    private readonly string _file;
    private readonly StudyRecords _records;
    private readonly Queue<PublishedOutcome> _left;

    /// <summary>Outcomes that are not on record, by their jobs' ids: put there when the walk has shown that the report is of this plan.</summary>
    private readonly Dictionary<string, (object Outcome, Action Keep)> _found = [];

    private PublishedStudy(string file, StudyReport report, StudyRecords records)
    {
        (_file, _records) = (file, records);
        _left = new(PublishedOutcomes.Of(report));
    }

    /// <summary>Puts on record what a report has and the records lack.</summary>
    /// <returns>How many outcomes.</returns>
    /// <exception cref="UsageException">The file is not such a report, or one of another plan.</exception>
    public static async Task<int> TakeOverAsync(string file, StudyPlan plan, StudyJobs jobs, StudyRecords records)
    {
        var report = Read(file);
        if (report.Preset != plan.Preset)
        {
            throw new UsageException(
                $"Going on from '{file}': it is of preset '{report.Preset}', this study of '{plan.Preset}'. "
                + $"Use --preset {report.Preset}, or a report of this preset.");
        }
        var published = new PublishedStudy(file, report, records);
        await StudyReport.OfAsync(plan, jobs, published, StudyParts.Names);
        if (published._left.FirstOrDefault(o => o.Outcome is not null) is { } more)
            throw published.OfAnotherPlan("nothing", $"'{more.Id ?? more.Outcome!.GetType().Name}'");
        foreach (var (_, keep) in published._found.Values) keep();
        return published._found.Count;
    }

    public Task<T?> AskAsync<T>(StudyJob<T> job) where T : class
    {
        var next = _left.Count > 0 ? _left.Dequeue() : throw OfAnotherPlan(job.Id, "nothing");
        if (next.Id is not null && next.Id != job.Id) throw OfAnotherPlan(job.Id, $"'{next.Id}'");
        if (next.Outcome is null) return Task.FromResult<T?>(null);
        var outcome = next.Outcome as T ?? throw OfAnotherPlan(job.Id, next.Outcome.GetType().Name);
        var isKnown = _found.TryGetValue(job.Id, out var known);
        // Of a speed at a model's own setting the report has that model's alone, and others may have the same setting.
        if (known.Outcome is StudySpeeds there && outcome is StudySpeeds more)
        {
            outcome = (T)(object)new StudySpeeds([.. there.Models, .. more.Models.ExceptBy(there.Models.Select(m => m.Model), m => m.Model)]);
            isKnown = false;
        }
        if (!isKnown && _records.Find(job) is null)
            _found[job.Id] = (outcome, () => _records.TakeOver(job, outcome, next.Seconds, next.CpuSeconds));
        return Task.FromResult<T?>(outcome);
    }

    private UsageException OfAnotherPlan(string expected, string found) => new(
        $"Going on from '{_file}': '{expected}' follows here, there {found}, so another plan made it, or another version of the program. "
        + "Take that version, or run the study without --from.");

    private static StudyReport Read(string file)
    {
        try
        {
            var report = Json.Read<StudyReport>(File.ReadAllText(file));
            if (report is
                { Preset: not null, Foundation: not null, Search: not null, Report: not null, Ablations: not null, Length: not null })
                return report;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException(
                $"Going on from '{file}': it cannot be read as a study's report ({e.Message.ReplaceLineEndings(" ")}). "
                + $"Give the {StudyCommand.ReportName} that 'pgm study' wrote.");
        }
        throw new UsageException(
            $"Going on from '{file}': it lacks parts of a study's report. Give the {StudyCommand.ReportName} that 'pgm study' wrote.");
    }
}
