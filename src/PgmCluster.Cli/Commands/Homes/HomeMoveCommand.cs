using System.CommandLine;
using PgmCluster.Cli.Errors;
using PgmCluster.Silo.Backups;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;
using Spectre.Console;

namespace PgmCluster.Cli.Commands.Homes;

/// <summary><c>pgm home move</c>: a home's state from SQLite to PostgreSQL, or back.</summary>
internal static class HomeMoveCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var to = new Option<string?>("--to-database-file")
        {
            Description = "File with the connection string of an empty PostgreSQL database, to which the home's state goes",
            HelpName = "FILE",
        };
        var from = new Option<string?>("--from-database-file")
        {
            Description = "File with the connection string of the PostgreSQL database whose state comes to the home",
            HelpName = "FILE",
        };
        var state = new StateOptions();
        var command = new Command("move", "Move the state of a home whose silos have stopped from SQLite to PostgreSQL, or back")
        {
            to, from,
        };
        state.AddTo(command);
        return command.Does(environment, async invocation =>
        {
            var (file, isTo) = (invocation.Get(to), invocation.Get(from)) switch
            {
                ({ Length: > 0 } target, null) => (target, true),
                (null, { Length: > 0 } source) => (source, false),
                _ => throw new UsageException("Give --to-database-file or --from-database-file, one of the two."),
            };
            var (options, home) = state.Read(invocation);
            var ofHome = Of(options, databaseFile: "");
            var ofDatabase = Of(options, Path.GetFullPath(file));
            ofDatabase.Validate();
            var claim = home.Claim();
            try
            {
                using var held = HomeLock.Acquire(home.Root);
                var (rows, left) = await HomeMove.RunAsync(
                    isTo ? ofHome : ofDatabase, isTo ? ofDatabase : ofHome, invocation.ProgressWriter.WriteLine, invocation.Cancellation);
                claim.Keep();
                return invocation.Finish(new { rows, left }, console =>
                {
                    console.WriteLine($"Moved {rows} rows. What was is left in {left}: remove it once all is well.");
                    console.WriteLine(isTo
                        ? $"Start silos with PGM_DATABASEFILE={ofDatabase.DatabaseFile} and PGM_ARTIFACTS={home.Artifacts}."
                        : $"Start 'pgm up --home {home.Root}' without a database.");
                });
            }
            finally
            {
                claim.Undo();
            }
        });
    }

    private static SiloOptions Of(SiloOptions options, string databaseFile) => new()
    {
        Home = options.Home,
        ServiceId = options.ServiceId,
        ClusterId = options.ClusterId,
        DatabaseWait = options.DatabaseWait,
        Artifacts = options.Artifacts,
        DatabaseFile = databaseFile,
    };
}
