using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using PgmCluster.Cli.Errors;

namespace PgmCluster.Cli.Commands;

/// <summary>The usual help, followed by the exit codes.</summary>
internal sealed class HelpWithExitCodes(HelpAction inner) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        inner.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output.WriteLine(ExitCodes.Help);
        return ExitCodes.Ok;
    }
}
