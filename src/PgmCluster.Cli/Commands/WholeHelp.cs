using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using PgmCluster.Cli.Errors;

namespace PgmCluster.Cli.Commands;

/// <summary>The usual help, followed by the exit codes and by examples.</summary>
internal sealed class WholeHelp(HelpAction inner) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        inner.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine(ExitCodes.Help);
        var examples = HelpExamples.Of(parseResult.RootCommandResult.Command, parseResult.CommandResult.Command);
        if (examples.Count > 0) output.WriteLine("\nExamples:");
        foreach (var example in examples) output.WriteLine($"  {example}");
        return ExitCodes.Ok;
    }
}
