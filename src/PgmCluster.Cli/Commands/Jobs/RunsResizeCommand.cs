using System.CommandLine;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Jobs;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Training;

namespace PgmCluster.Cli.Commands.Jobs;

/// <summary><c>pgm runs resize</c>: another number of devices for a run, which goes on from the step that it is at.</summary>
internal static class RunsResizeCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var id = new Argument<string>("ID") { Description = "Id of the training run" };
        var workers = new WorkersOption();
        var command = new Command("resize", "Give a training run another number of devices; no step is lost, and the result is the same") { id };
        workers.AddTo(command, required: true);
        return command.Does(environment, invocation =>
        {
            var (min, max) = workers.Of(invocation);
            return invocation.WithSessionAsync(SiloNeed.Any, async session =>
            {
                var name = invocation.Get(id);
                if (await JobGrains.FindAsync(session, name) is not ITrainingRunGrain run)
                    throw new UsageException($"Resizing '{name}': it is no training run, and only those are shared by devices.");
                var status = await run.Resize(min, max);
                return invocation.Finish(
                    new { status, minWorkers = min, maxWorkers = max },
                    console => JobVerb.WriteStarted(console, status.Kind, name, status.Phase));
            });
        });
    }
}
