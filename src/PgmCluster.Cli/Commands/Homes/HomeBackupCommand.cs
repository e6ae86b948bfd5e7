using System.CommandLine;
using PgmCluster.Silo.Backups;

namespace PgmCluster.Cli.Commands.Homes;

/// <summary><c>pgm home backup</c>: a copy of what a cluster has recorded, while it works.</summary>
internal static class HomeBackupCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var directory = new Argument<string>("DIR") { Description = "A new directory" };
        var withArtifacts = new Option<bool>("--with-artifacts")
        {
            Description = "Copy the artifacts that it names as well: without them they have to be backed up by other means",
        };
        var state = new StateOptions();
        var command = new Command("backup", "Copy what a home or a cluster has recorded, as it is at one moment, while silos work")
        {
            directory, withArtifacts,
        };
        state.AddTo(command);
        return command.Does(environment, async invocation =>
        {
            var (options, home) = state.Read(invocation);
            var path = Path.GetFullPath(invocation.Get(directory));
            var report = await HomeBackup.WriteAsync(
                options, path, home.OpenArtifacts, invocation.Get(withArtifacts), invocation.Cancellation);
            return BackupTexts.Finish(invocation, report, path, "Written to");
        });
    }
}
