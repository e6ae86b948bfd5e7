using PgmCluster.Cli.Commands.Jobs;
using PgmCluster.Cli.Jobs;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Pulls;
using Spectre.Console;

namespace PgmCluster.Cli.Commands.Pulls;

/// <summary>
/// What the commands that pull have in common: all pulls are begun, so that what is refused is so at once; then they are waited for.
/// </summary>
internal static class PullVerb
{
    /// <param name="invocation">The command.</param>
    /// <param name="wait">Whether to wait.</param>
    /// <param name="requests">What is pulled.</param>
    /// <param name="next">What to say below the result: a line, or null.</param>
    /// <param name="then">What is fetched without a silo, last; null for nothing.</param>
    public static Task<int> RunAsync(
        Invocation invocation, WaitOptions wait, IReadOnlyList<PullRequest> requests, Func<PullResult, string?>? next = null,
        Func<Task<(object Json, Action<IAnsiConsole> Text)>>? then = null) =>
        invocation.WithSessionAsync(wait.Need(invocation), async session =>
        {
            var jobs = new List<(string Id, IPullJobGrain Job)>();
            foreach (var request in requests)
            {
                var id = await PullJobs.IdAsync(session, request);
                var job = session.Get<IPullJobGrain>(id);
                await job.Start(request);
                session.Claim?.Keep();
                jobs.Add((id, job));
            }
            var ended = new List<(JobStatus Status, PullResult? Result)>();
            foreach (var (id, job) in jobs)
            {
                if (wait.Detach(invocation)) ended.Add((await job.GetStatus(), null));
                else ended.Add((await JobVerb.WaitAsync(invocation, job, id), await job.GetResult()));
            }
            var more = then is null ? ((object Json, Action<IAnsiConsole> Text)?)null : await then();
            object json = more is null && ended is [var only]
                ? Shown(only)
                : new { pulls = ended.Select(Shown), inception = more?.Json };
            return invocation.Finish(json, console =>
            {
                foreach (var (status, result) in ended) Write(console, status, result, session, next);
                more?.Text(console);
            });
        }, PullJobs.IsPull);

    private static object Shown((JobStatus Status, PullResult? Result) ended) => new { status = ended.Status, result = ended.Result };

    private static void Write(
        IAnsiConsole console, JobStatus status, PullResult? result, IClusterSession session, Func<PullResult, string?>? next)
    {
        if (result is null)
        {
            JobVerb.WriteStarted(console, status.Kind, status.Id, status.Phase);
            return;
        }
        console.WriteResult(result, session.Home.ArtifactPath);
        if (next?.Invoke(result) is { } line) console.WriteLine(line);
    }
}
