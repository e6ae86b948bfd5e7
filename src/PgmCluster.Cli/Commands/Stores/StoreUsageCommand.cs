using System.CommandLine;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Data.Artifacts.Collection;
using Spectre.Console;

namespace PgmCluster.Cli.Commands.Stores;

/// <summary><c>pgm store usage</c>: whose the bytes of the artifact store are, as quotas count them.</summary>
internal static class StoreUsageCommand
{
    private const string Counting = "Counting in the artifact store";

    public static Command Create(CliEnvironment environment) =>
        new Command("usage", "Show how many bytes are stored for whom, as quotas count them").Does(environment, invocation =>
            invocation.WithSessionAsync(SiloNeed.Any, async session =>
            {
                await StoreCommands.RequireOwnAsync(session, Counting, invocation.Cancellation);
                var users = await session.Get<ICatalogGrain>(CatalogKinds.Jobs)
                    .Read(new CatalogQuery { Limit = CatalogQuery.MostOfAPage })
                    .ToDictionaryAsync(j => j.Name, j => j.Owner ?? "", cancellationToken: invocation.Cancellation);
                var (jobs, nobodys) = await StoreUsage.CountAsync(session.Home.OpenArtifacts(), users, invocation.Cancellation);
                var rows = StoreUsage.ByUser(jobs).OrderByDescending(u => u.Value).ToList();
                return invocation.Finish(
                    new { users = rows.Select(u => new { user = u.Key, bytes = u.Value }), nobodys },
                    console => console.WriteTable(
                        ["user", "stored"],
                        [
                            .. rows.Select(u => new[] { u.Key.Length > 0 ? u.Key : "(gave no name)", Texts.Bytes(u.Value) }),
                            ["(uploads, manifests of datasets, what deleted jobs left)", Texts.Bytes(nobodys)],
                        ]));
            }));
}
