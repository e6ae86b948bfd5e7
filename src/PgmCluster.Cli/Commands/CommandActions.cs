using System.CommandLine;

namespace PgmCluster.Cli.Commands;

internal static class CommandActions
{
    /// <summary>Sets what a command does.</summary>
    public static Command Does(this Command command, CliEnvironment environment, Func<Invocation, Task<int>> action)
    {
        command.SetAction((parsed, cancellation) => action(new Invocation(environment, parsed, cancellation)));
        return command;
    }
}
