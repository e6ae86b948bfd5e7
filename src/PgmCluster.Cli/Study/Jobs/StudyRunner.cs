using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Jobs;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Sessions;

namespace PgmCluster.Cli.Study.Jobs;

/// <summary>
/// Runs jobs, one after the other: each has the machine to itself. What is on record is not run again; what an earlier start of the program
/// began goes on, for ids follow from settings.
/// </summary>
internal sealed class StudyRunner(
    IClusterSession session, StudyRecords records, StudyOutline outline, Func<string, IProgressBoard> boards, Action<string> say,
    MeasureSpeed measureSpeed, CancellationToken cancellation) : IStudyExecutor
{
    public async Task<T?> AskAsync<T>(StudyJob<T> job) where T : class => records.Find(job)?.Outcome ?? await RunAsync(job, known: null);

    /// <summary>Runs a job, after those that it needs, unless its product is in this home.</summary>
    /// <exception cref="UsageException">An outcome that was taken over does not come out here.</exception>
    public async Task<T> MakeAsync<T>(StudyJob<T> job) where T : class
    {
        var known = records.Find(job);
        return known is { IsHere: true } ? known.Outcome : await RunAsync(job, known);
    }

    private async Task<T> RunAsync<T>(StudyJob<T> job, StudyRecord<T>? known) where T : class
    {
        foreach (var need in job.Needs) await need.MakeAsync(this);
        cancellation.ThrowIfCancellationRequested();
        if (!outline.Knows(job.Id)) await outline.CountAsync();
        var left = outline.Left();
        say($"{left.AllJobs - left.Jobs} of about {left.AllJobs} jobs done, about {Texts.Duration(left.Seconds)} left");
        await using var board = boards(job.Name);
        board.Begin(job.Name);
        var work = new StudyWork(
            session, job.Id, grain => JobWaiting.ToCompletionAsync(grain, e => board.Report(job.Name, e), cancellation), measureSpeed);
        var outcome = await records.Clock.MeasureAsync(job.Id, () => job.Work(work), isElsewhere: !session.IsEmbedded);
        if (known?.Outcome is IStudyProduct there && outcome is IStudyProduct here && here.Identity != there.Identity)
        {
            throw new UsageException(
                $"Going on from a published study: its '{job.Id}' came out as {there.Identity}, here as {here.Identity}, so this machine "
                + "computes other bits, and scores of the two are not of one judge and one tokenizer. Run the study in another home, "
                + "without --from.");
        }
        records.Keep(job, known, outcome);
        session.Claim?.Keep();
        board.End(job.Name, records.Clock.Seconds(job.Id));
        return outcome;
    }
}
