using System.CommandLine;
using System.Globalization;
using Orleans.Runtime;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Artifacts;
using PgmCluster.Contracts.Errors;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Artifacts.Collection;
using PgmCluster.Silo.Storage;
using Spectre.Console;

namespace PgmCluster.Cli.Commands.Stores;

/// <summary><c>pgm store gc|check|usage</c>.</summary>
internal static class StoreCommands
{
    private const int DefaultDays = 7;
    private const double LeastDays = 0.05, MostDays = 36_500;

    public static Command Create(CliEnvironment environment) =>
        new("store", "Look after the artifact store") { Collect(environment), Check(environment), StoreUsageCommand.Create(environment) };

    private const string Collecting = "Collecting in the artifact store";

    private static Command Collect(CliEnvironment environment)
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Delete nothing; list what would be deleted" };
        var days = new Option<double>("--older-than")
        {
            Description = $"Keep what was written in the last so many days, an hour (0.05) at least. Default: {DefaultDays}",
            HelpName = "DAYS",
            DefaultValueFactory = _ => DefaultDays,
        };
        var command = new Command("gc", "Delete artifacts that no job, dataset or queued work refers to; jobs may run meanwhile")
        {
            dryRun, days,
        };
        return command.Does(environment, invocation =>
        {
            if (invocation.Get(days) is not (>= LeastDays and <= MostDays))
                throw new UsageException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"--older-than {invocation.Get(days)}: these are days, and what is younger than an hour may be named by a record that is "
                    + $"not written yet. Give {LeastDays} to {MostDays}."));
            var age = TimeSpan.FromDays(invocation.Get(days));
            return invocation.WithSessionAsync(SiloNeed.Any, async session =>
            {
                var asked = invocation.Get(dryRun);
                await RequireOwnAsync(session, Collecting, invocation.Cancellation);
                var report = await StoreCollection.RunAsync(
                    session.Home.OpenArtifacts(), () => RegistryAsync(session, Collecting, invocation.Cancellation), age, asked,
                    invocation.Cancellation);
                var bytes = report.Deleted.Sum(a => a.Size);
                return invocation.Finish(
                    new { dryRun = asked, report.Deleted, bytes, report.Kept, report.Unfinished },
                    console =>
                    {
                        if (asked) foreach (var artifact in report.Deleted) console.WriteLine($"{artifact.Name}  {artifact.Size} bytes");
                        console.WriteLine(string.Create(
                            CultureInfo.InvariantCulture,
                            $"{(asked ? "To be deleted" : "Deleted")}: {report.Deleted.Count} artifacts ({bytes / 1e6:0.0} MB) and "
                            + $"{report.Unfinished} unfinished writes; {report.Kept} artifacts stay."));
                    });
            });
        });
    }

    private static Command Check(CliEnvironment environment) =>
        new Command("check", "Read every artifact that is in use and compare hashes").Does(environment, invocation =>
            invocation.WithSessionAsync(SiloNeed.Any, async session =>
            {
                const string Checking = "Checking the artifact store";
                await RequireOwnAsync(session, Checking, invocation.Cancellation);
                var (faults, read, bytes) = await StoreCheck.RunAsync(
                    session.Home.OpenArtifacts(), () => RegistryAsync(session, Checking, invocation.Cancellation), invocation.Cancellation);
                invocation.Finish(
                    new { read, bytes, faults },
                    console =>
                    {
                        foreach (var fault in faults)
                            console.WriteLine($"{fault.Name}: {fault.Problem}; in use by {string.Join(", ", fault.Owners)}");
                        console.WriteLine(string.Create(
                            CultureInfo.InvariantCulture,
                            $"{read} artifacts in use read ({bytes / 1e6:0.0} MB): {read - faults.Count} as they were written."));
                        if (faults.Count > 0) console.WriteLine("Put the others back from a copy, or make them again.");
                    });
                return faults.Count == 0 ? ExitCodes.Ok : ExitCodes.BadInput;
            }));

    /// <summary>Before anything is opened, listed or written.</summary>
    internal static async Task RequireOwnAsync(IClusterSession session, string what, CancellationToken cancellation)
    {
        await foreach (var part in References(session, cancellation))
        {
            ArtifactOwner.Require(what, session.Home.Artifacts, part.ArtifactId);
            return;
        }
    }

    private static async Task<ReferenceRegistry> RegistryAsync(IClusterSession session, string what, CancellationToken cancellation)
    {
        var registry = new ReferenceRegistry();
        try
        {
            await foreach (var part in References(session, cancellation))
            {
                ArtifactOwner.Require(what, session.Home.Artifacts, part.ArtifactId);
                foreach (var (artifact, owner) in part.Uses)
                    registry.Add(new ArtifactInfo(artifact.Name, artifact.Size, artifact.Sha256), owner);
                foreach (var job in part.Jobs) registry.AddJob(job);
            }
        }
        catch (EnumerationAbortedException e)
        {
            throw new PgmException($"{what}: the silo that read what is in use was lost meanwhile. Try again.", e);
        }
        return registry;
    }

    private static IAsyncEnumerable<StoredReferences> References(IClusterSession session, CancellationToken cancellation) =>
        session.Get<IArtifactReferencesGrain>("all").Read(cancellation);
}
