using System.CommandLine;
using System.CommandLine.Parsing;

namespace PgmCluster.Cli.Errors;

/// <summary>Turns what the parser found into one line that names the nearest right word.</summary>
internal static class ParseErrors
{
    public static UsageException Explain(ParseResult parsed)
    {
        var path = CommandPath(parsed.CommandResult);
        var seeHelp = $"See '{path} --help'.";
        var command = parsed.CommandResult.Command;

        // An option that is not known is taken for an argument where the command has one, so it is looked for in both places.
        var strangers = parsed.UnmatchedTokens.Concat(parsed.Tokens.Where(t => t.Type == TokenType.Argument).Select(t => t.Value));
        if (strangers.FirstOrDefault(t => t.StartsWith("--", StringComparison.Ordinal)) is { } option)
            return new(
                $"'{option}' is not an option of '{path}'{NearestName.Hint(option.Split('=')[0], OptionNames(parsed.CommandResult))} "
                + $"{seeHelp}");

        if (parsed.UnmatchedTokens.Count > 0)
        {
            var token = parsed.UnmatchedTokens[0];
            if (command.Subcommands.Count > 0)
                return new(
                    $"'{token}' is not a command of '{path}'{NearestName.Hint(token, command.Subcommands.Select(c => c.Name))} {seeHelp}");
            if (token.Contains('=', StringComparison.Ordinal) && command.Options.Any(o => o.Name == "--set"))
                return new($"'{token}' stands alone: write --set before each KEY=VALUE, as in --set {token}. {seeHelp}");
            return new($"'{path}' takes no further argument '{token}'. {seeHelp}");
        }
        if (command.Subcommands.Count > 0 && command.Action is null)
            return new($"'{path}' needs a command: {string.Join(", ", command.Subcommands.Select(c => c.Name))}. {seeHelp}");

        var message = parsed.Errors[0].Message
            .Replace(" as expected type 'System.Int32'", ": it is not a whole number", StringComparison.Ordinal)
            .Replace(" as expected type 'System.Int64'", ": it is not a whole number", StringComparison.Ordinal)
            .Replace(" as expected type 'System.Double'", ": it is not a number", StringComparison.Ordinal);
        return new($"{message.ReplaceLineEndings(" ").TrimEnd('.')}. {seeHelp}");
    }

    private static string CommandPath(CommandResult result)
    {
        var names = new Stack<string>();
        for (SymbolResult? at = result; at is not null; at = at.Parent)
        {
            if (at is CommandResult { Command: not RootCommand } command) names.Push(command.Command.Name);
        }
        names.Push("pgm");
        return string.Join(' ', names);
    }

    private static IEnumerable<string> OptionNames(CommandResult result)
    {
        var own = result.Command.Options.Select(o => o.Name);
        for (SymbolResult? at = result.Parent; at is not null; at = at.Parent)
        {
            if (at is CommandResult command) own = own.Concat(command.Command.Options.Where(o => o.Recursive).Select(o => o.Name));
        }
        return own;
    }
}
