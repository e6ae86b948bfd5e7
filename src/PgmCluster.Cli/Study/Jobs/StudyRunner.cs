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
    public async Task<T?> AskAsync<T>(StudyJob<T> job) where T : class
    {
        if (records.Find(job) is { } kept) return kept;
        cancellation.ThrowIfCancellationRequested();
        if (!outline.Knows(job.Id)) await outline.CountAsync();
        var left = outline.Left();
        say($"{left.AllJobs - left.Jobs} of about {left.AllJobs} jobs done, about {Texts.Duration(left.Seconds)} left");
        await using var board = boards(job.Name);
        board.Begin(job.Name);
        var work = new StudyWork(
            session, job.Id, grain => JobWaiting.ToCompletionAsync(grain, e => board.Report(job.Name, e), cancellation), measureSpeed);
        var outcome = await records.Clock.MeasureAsync(job.Id, () => job.Work(work), isElsewhere: !session.IsEmbedded);
        records.Keep(job, outcome);
        session.Claim?.Keep();
        board.End(job.Name, records.Clock.Seconds(job.Id));
        return outcome;
    }
}
