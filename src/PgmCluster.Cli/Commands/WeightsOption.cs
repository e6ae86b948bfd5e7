using System.CommandLine;
using PgmCluster.Cli.Commands.Checkpoints;

namespace PgmCluster.Cli.Commands;

/// <summary><c>--weights KEY</c>: which of several models in a checkpoint is meant.</summary>
internal static class WeightsOption
{
    public static Option<string?> Create() => new("--weights")
    {
        Description = "Take the tensors under this key, or behind this prefix of their names, such as ema; 'inspect' lists what there is",
        HelpName = "KEY",
    };
}
