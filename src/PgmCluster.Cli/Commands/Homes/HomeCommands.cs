using System.CommandLine;

namespace PgmCluster.Cli.Commands.Homes;

/// <summary><c>pgm home backup|restore|move</c>: what a cluster has recorded, as a whole.</summary>
internal static class HomeCommands
{
    public static Command Create(CliEnvironment environment) => new(
        "home", "Back up, restore or move what a home or a cluster has recorded")
    {
        HomeBackupCommand.Create(environment),
        HomeRestoreCommand.Create(environment),
        HomeMoveCommand.Create(environment),
    };
}
