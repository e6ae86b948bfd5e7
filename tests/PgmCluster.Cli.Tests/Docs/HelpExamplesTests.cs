using System.CommandLine;
using System.CommandLine.Parsing;
using PgmCluster.Cli.Commands;
using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Suggestions;
using PgmCluster.Grains.Evaluation;

namespace PgmCluster.Cli.Tests.Docs;

/// <summary>The examples of every <c>--help</c> can be typed.</summary>
public sealed class HelpExamplesTests
{
    private readonly RootCommand _root = CommandLineApp.Build(CliEnvironment.OfProcess(new FakeCluster()));

    [Fact]
    public async Task Help_OfEveryCommand_EndsWithExamplesOfIt()
    {
        foreach (var path in Paths(_root, []))
        {
            var run = await CliRun.Of(new FakeCluster(), [.. path.Select(c => c.Name), "--help"]);

            var lines = run.Out.TrimEnd().Split('\n');
            var heading = Array.IndexOf(lines, "Examples:");
            var start = string.Join(' ', path.Select(c => c.Name).Prepend("  pgm"));
            Assert.True(heading > 0 && heading < lines.Length - 1, $"'{start.Trim()} --help' has no examples: add some to HelpExamples.");
            Assert.All(lines[(heading + 1)..], line => Assert.StartsWith($"{start} ", $"{line} ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Examples_AreWholeCommandLinesOfThatCommand()
    {
        foreach (var (command, example) in Examples())
        {
            var parsed = Parse(example);

            Assert.True(parsed.Errors.Count == 0, $"{example}: {string.Join(" ", parsed.Errors.Select(e => e.Message))}");
            var named = parsed.CommandResult.Command;
            Assert.True(command.Action is null ? named.Action is not null : named == command, $"{example}: is of '{named.Name}'.");
            // What is no option of a command is taken for one of its arguments.
            Assert.DoesNotContain(parsed.Tokens, t => t.Type == TokenType.Argument && t.Value.StartsWith('-'));
        }
    }

    [Fact]
    public void Examples_PresetsAndKeysInThem_AreThere()
    {
        var presets = new SpecificationResolver();
        foreach (var (_, example) in Examples())
        {
            var parsed = Parse(example);
            var named = parsed.GetResult("PRESET") is ArgumentResult { Tokens: [var token, ..] }
                ? token.Value
                : Values(parsed, "--preset").FirstOrDefault();
            if (named is null || parsed.CommandResult.Command.Name is "quickstart" or "study") continue;
            if (parsed.CommandResult.Command.Name == "evaluate")
            {
                Assert.NotNull(EvaluationPresets.Resolve(named, new Dictionary<string, string>()));
                continue;
            }
            Assert.Contains(named, presets.Presets);
            var keys = SpecificationKeys.OfPreset(named).Select(k => k.Name).ToList();
            Assert.All(Values(parsed, "--set"), pair => Assert.Contains(pair.Split('=')[0], keys));
        }
    }

    /// <summary>Each with the command whose help shows it.</summary>
    private IEnumerable<(Command Command, string Example)> Examples() =>
        Paths(_root, []).Select(p => p.LastOrDefault(_root)).SelectMany(c => HelpExamples.Of(_root, c).Select(e => (c, e)));

    private ParseResult Parse(string example) =>
        _root.Parse([.. CommandLineParser.SplitCommandLine(example.Split(" # ")[0]).Skip(1)]);

    private static IEnumerable<string> Values(ParseResult parsed, string option) =>
        parsed.CommandResult.Command.Options.FirstOrDefault(o => o.Name == option) is { } there && parsed.GetResult(there) is { } result
            ? result.Tokens.Select(t => t.Value)
            : [];

    /// <summary>What people can type: each command with those that lead to it.</summary>
    private static IEnumerable<List<Command>> Paths(Command command, List<Command> path) => command.Subcommands
        .Where(c => !c.Hidden).SelectMany(c => Paths(c, [.. path, c])).Prepend(path);
}
