using System.CommandLine;
using System.Text.Json;
using PgmCluster.Cli.Homes;
using PgmCluster.Cli.Jobs;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Training;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Runs;
using Spectre.Console;

namespace PgmCluster.Cli.Commands.Jobs;

/// <summary><c>pgm runs list|show|watch|events|compare|cancel|pause|resume|resize|delete|keep|tensorboard</c>: jobs of all kinds.</summary>
internal static class RunsCommands
{
    public static Command Create(CliEnvironment environment) => new("runs", "List, follow and steer runs and jobs of all kinds")
    {
        RunsListCommand.Create(environment),
        Show(environment),
        Watch(environment),
        RunsEventsCommand.Create(environment),
        RunsCompareCommand.Create(environment),
        RunsCancelCommand.Create(environment),
        Pause(environment),
        Resume(environment),
        RunsResizeCommand.Create(environment),
        RunsDeleteCommand.Create(environment),
        RunsKeepCommand.Create(environment),
        TensorBoard(environment),
    };

    private static Argument<string> Id() => new("ID") { Description = "Id of the run or job" };

    private static Command Show(CliEnvironment environment)
    {
        var id = Id();
        return new Command("show", "Show one run or job") { id }.Does(environment, invocation =>
            invocation.WithSessionAsync(SiloNeed.Any, async session =>
            {
                var job = await JobGrains.FindAsync(session, invocation.Get(id));
                var status = await job.GetStatus();
                var result = await JobGrains.ResultAsync(job, status);
                var details = job is ITrainingRunGrain run ? await run.GetDetails() : null;
                var kept = await session.Get<ICatalogGrain>(CatalogKinds.Jobs).Find(status.Id) is { Kept: true };
                var json = new
                {
                    status,
                    result,
                    request = details?.Request,
                    specification = details is null ? (JsonElement?)null : JsonSerializer.Deserialize<JsonElement>(details.Specification),
                    specificationSha256 = details?.SpecificationSha256,
                    durableStep = details?.DurableStep,
                    members = details?.Members,
                    gangGeneration = details?.GangGeneration,
                    formations = details?.Formations,
                    kept,
                };
                return invocation.Finish(json, console =>
                {
                    console.WriteStatus(status);
                    if (details is not null)
                        console.WriteFacts(
                            ("durable step", $"{details.DurableStep}"), ("specification SHA-256", details.SpecificationSha256));
                    if (details is { GangGeneration: > 0 })
                        console.WriteFacts(("gang", $"{details.GangGeneration}: {string.Join(", ", details.Members)}"));
                    if (kept) console.WriteFacts(("kept", "whatever the rules of retention say"));
                    console.WriteResult(result, session.Home.ArtifactPath);
                });
            }));
    }

    private static Command Watch(CliEnvironment environment)
    {
        var id = Id();
        return new Command("watch", "Follow a run or job to its end") { id }.Does(environment, invocation =>
            invocation.WithSessionAsync(SiloNeed.Any, async session =>
                await FollowAsync(invocation, session, await JobGrains.FindAsync(session, invocation.Get(id)), invocation.Get(id))));
    }

    private static Command Pause(CliEnvironment environment)
    {
        var id = Id();
        return new Command("pause", "Hold a run or job back: its devices are free, and 'resume' goes on from what is done") { id }
            .Does(environment, invocation => invocation.WithSessionAsync(SiloNeed.Any, async session =>
            {
                var status = await JobGrains.PauseAsync(await JobGrains.FindAsync(session, invocation.Get(id)));
                return invocation.Finish(new { status }, console => console.WriteStatus(status));
            }));
    }

    private static Command Resume(CliEnvironment environment)
    {
        var id = Id();
        var wait = new WaitOptions();
        var command = new Command("resume", "Queue a paused or parked run or job again and wait for its end") { id };
        wait.AddTo(command);
        return command.Does(environment, invocation => invocation.WithSessionAsync(wait.Need(invocation), async session =>
        {
            var job = await JobGrains.FindAsync(session, invocation.Get(id));
            var status = await JobGrains.ResumeAsync(job);
            if (!wait.Detach(invocation)) return await FollowAsync(invocation, session, job, invocation.Get(id));
            return invocation.Finish(new { status, result = (object?)null }, console => console.WriteStatus(status));
        }));
    }

    private static Command TensorBoard(CliEnvironment environment)
    {
        var id = Id();
        var output = new Option<string>("--out")
        {
            Description = "Directory for TensorBoard's --logdir; the file is made anew each time",
            HelpName = "DIR",
            Required = true,
        };
        var command = new Command("tensorboard", "Write a training run's curves so far as a TensorBoard event file") { id, output };
        return command.Does(environment, invocation =>
            invocation.WithSessionAsync(SiloNeed.Any, async session =>
            {
                var run = invocation.Get(id);
                if (await JobGrains.FindAsync(session, run) is not ITrainingRunGrain)
                    throw new InvalidRequestException(
                        $"Exporting the curves of '{run}': it is not a training run. 'pgm runs list' shows which are.");
                var store = session.Home.OpenArtifacts();
                var metrics = StepMetricsLog.Read(store, run);
                if (TensorBoardExport.LastWritten(store, run) is not { } time || metrics.Count == 0)
                    throw new BadInputException(
                        $"Exporting the curves of '{run}': no step is done yet. Watch it with 'pgm runs watch {run}'.");
                var file = OutputFile.InDirectory(invocation.Get(output)!, $"events.out.tfevents.{run}");
                AtomicFile.Write(file, stream => TensorBoardExport.Write(metrics, time, stream));
                return invocation.Finish(
                    new { file, steps = metrics.Count }, console => console.WriteLine($"{metrics.Count} steps written to {file}"));
            }));
    }

    private static async Task<int> FollowAsync(Invocation invocation, IClusterSession session, IJobGrain job, string id)
    {
        var status = await JobVerb.WaitAsync(invocation, job, id);
        var result = await JobGrains.ResultAsync(job, status);
        return invocation.Finish(new { status, result }, console => console.WriteResult(result, session.Home.ArtifactPath));
    }
}
