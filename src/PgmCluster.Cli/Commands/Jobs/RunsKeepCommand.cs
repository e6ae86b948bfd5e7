using System.CommandLine;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Jobs;
using Spectre.Console;

namespace PgmCluster.Cli.Commands.Jobs;

/// <summary><c>pgm runs keep</c>: jobs that stay whatever the rules of retention say.</summary>
internal static class RunsKeepCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var id = new Argument<string>("ID") { Description = "Id of the run or job" };
        var noKeep = new Option<bool>("--no-keep") { Description = "Take it back" };
        return new Command("keep", "Keep a job, whatever the rules of retention say, until that is taken back") { id, noKeep }
            .Does(environment, invocation => invocation.WithSessionAsync(SiloNeed.Any, async session =>
            {
                var (job, kept) = (invocation.Get(id), !invocation.Get(noKeep));
                await CatalogNames.RequireAsync(session, CatalogKinds.Jobs, job);
                await session.Get<IJobRetentionGrain>("jobs").Keep(job, kept);
                return invocation.Finish(
                    new { id = job, kept },
                    console => console.WriteLine(kept ? $"'{job}' is kept." : $"'{job}' is not kept any more."));
            }));
    }
}
