using System.CommandLine;
using System.CommandLine.Completions;
using PgmCluster.Cli.Commands;
using PgmCluster.Cli.Errors;

namespace PgmCluster.Cli.Completion;

/// <summary><c>pgm completion bash|zsh|fish</c>: what makes the Tab key of a shell complete commands, options and names.</summary>
internal static class CompletionCommand
{
    private static readonly Argument<string> s_shell = new("SHELL")
    {
        Description = "bash, zsh or fish",
        CompletionSources = { _ => CompletionScripts.Shells.Select(s => new CompletionItem(s)) },
    };

    private static readonly Argument<string[]> s_words = new("WORDS")
    {
        Description = "The words after 'pgm', the last of them as far as it is typed",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public static Command Create(CliEnvironment environment) =>
        new Command("completion", "Print a script for a shell's completion: source <(pgm completion bash)")
        {
            s_shell,
            new Command("words", "Print what the last word may become, one a line; the scripts call this") { s_words }
                .Does(environment, WordsAsync),
        }.Does(environment, PrintAsync);

    private static Task<int> PrintAsync(Invocation invocation)
    {
        var shell = invocation.Get(s_shell);
        var script = CompletionScripts.Find(shell) ?? throw new UsageException(
            $"'{shell}' is no shell that there is a script for{NearestName.Hint(shell, CompletionScripts.Shells)} "
            + $"Use 'pgm completion {string.Join("' or 'pgm completion ", CompletionScripts.Shells)}'.");
        invocation.Environment.Out.Write(script);
        return Task.FromResult(ExitCodes.Ok);
    }

    private static async Task<int> WordsAsync(Invocation invocation)
    {
        var words = invocation.GetOptional(s_words) ?? [];
        foreach (var candidate in await Candidates.OfAsync(invocation.Root, words, invocation.Environment, invocation.Cancellation))
            invocation.Environment.Out.WriteLine(candidate);
        return ExitCodes.Ok;
    }
}
