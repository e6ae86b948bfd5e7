using System.CommandLine;
using PgmCluster.Silo.Backups;
using PgmCluster.Silo.Hosting;

namespace PgmCluster.Cli.Commands.Homes;

/// <summary><c>pgm home restore</c>: puts a backup into an empty home or database.</summary>
internal static class HomeRestoreCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var directory = new Argument<string>("DIR") { Description = "The backup" };
        var state = new StateOptions();
        var command = new Command("restore", "Put a backup into an empty home or database, and check its artifacts") { directory };
        state.AddTo(command);
        return command.Does(environment, async invocation =>
        {
            var (options, home) = state.Read(invocation);
            var claim = home.Claim();
            try
            {
                using var held = HomeLock.Acquire(home.Root);
                var path = Path.GetFullPath(invocation.Get(directory));
                var report = await HomeRestore.RunAsync(
                    options, path, home.OpenArtifacts(), invocation.ProgressWriter.WriteLine, invocation.Cancellation);
                claim.Keep();
                return BackupTexts.Finish(invocation, report, path, "Restored from");
            }
            finally
            {
                claim.Undo();
            }
        });
    }
}
