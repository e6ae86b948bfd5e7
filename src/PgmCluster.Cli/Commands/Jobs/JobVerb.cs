using PgmCluster.Cli.Jobs;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Jobs;
using Spectre.Console;

namespace PgmCluster.Cli.Commands.Jobs;

/// <summary>What all commands that start work have in common.</summary>
internal static class JobVerb
{
    /// <summary>Starts a job and, unless detached, waits for it and shows what it made.</summary>
    /// <param name="invocation">The command.</param>
    /// <param name="wait">Whether to wait.</param>
    /// <param name="id">The job's id.</param>
    /// <param name="start">Starts it.</param>
    /// <param name="completed">What to do with the result before it is shown.</param>
    public static Task<int> RunAsync(
        Invocation invocation, WaitOptions wait, string id,
        Func<IClusterSession, Task<IJobGrain>> start, Func<IClusterSession, object?, Task>? completed = null) =>
        invocation.WithSessionAsync(wait.Need(invocation), async session =>
        {
            var job = await start(session);
            session.Claim?.Keep();
            if (wait.Detach(invocation))
            {
                var started = await job.GetStatus();
                return invocation.Finish(
                    new { status = started, result = (object?)null }, console => WriteStarted(console, started.Kind, id, started.Phase));
            }
            var status = await WaitAsync(invocation, job, id);
            var result = await JobGrains.ResultAsync(job, status);
            if (completed is not null) await completed(session, result);
            return invocation.Finish(new { status, result }, console => console.WriteResult(result, session.Home.ArtifactPath));
        }, name => name == id);

    /// <summary>Says how a job stands that is not waited for.</summary>
    public static void WriteStarted(IAnsiConsole console, JobKind kind, string id, JobPhase phase) => console.WriteLine(
        $"{kind.ToString().ToLowerInvariant()} '{id}' is {phase.ToString().ToLowerInvariant()}. Follow it with 'pgm runs watch {id}'.");

    /// <summary>Waits for a job under a progress bar.</summary>
    public static async Task<JobStatus> WaitAsync(Invocation invocation, IJobGrain job, string id)
    {
        JobStatus status;
        await using (var board = invocation.Board(id))
        {
            board.Begin(id);
            status = await JobWaiting.ToCompletionAsync(job, e => board.Report(id, e), invocation.Cancellation);
            var took = status is { StartedAt: { } from, FinishedAt: { } to } ? (to - from).TotalSeconds : 0;
            board.End(id, took);
        }
        return status;
    }
}
