using System.CommandLine;
using PgmCluster.Cli.Jobs;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Training;
using Spectre.Console;

namespace PgmCluster.Cli.Commands.Jobs;

/// <summary><c>pgm runs events</c>: what happened to a job, and when: submission, devices, gangs that formed, its end.</summary>
internal static class RunsEventsCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var id = new Argument<string>("ID") { Description = "Id of the run or job" };
        return new Command("events", "Show what happened to a run or job, and when") { id }.Does(environment, invocation =>
            invocation.WithSessionAsync(SiloNeed.Any, async session =>
            {
                var name = invocation.Get(id);
                var job = await JobGrains.FindAsync(session, name);
                var owner = (await session.Get<ICatalogGrain>(CatalogKinds.Jobs).Find(name))?.Owner;
                var details = job is ITrainingRunGrain run ? await run.GetDetails() : null;
                var events = TimelineEntry.Of(await job.GetStatus(), owner, details);
                return invocation.Finish(
                    new { id = name, events },
                    console => console.WriteTable(["when", "what"], events.Select(e => new[] { Texts.Time(e.At), e.What })));
            }));
    }
}
