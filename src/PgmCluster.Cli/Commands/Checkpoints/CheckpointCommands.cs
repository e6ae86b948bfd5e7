using System.CommandLine;

namespace PgmCluster.Cli.Commands.Checkpoints;

/// <summary><c>pgm checkpoint inspect|export|import</c>: checkpoint files of this program, of PyTorch and of the public PGM code.</summary>
internal static class CheckpointCommands
{
    public static Command Create(CliEnvironment environment) =>
        new("checkpoint", "Look into, export and import checkpoint files; needs no silo")
    {
        CheckpointInspectCommand.Create(environment),
        CheckpointExportCommand.Create(environment),
        CheckpointImportCommand.Create(environment),
    };
}
