using System.CommandLine;
using System.Text.RegularExpressions;
using PgmCluster.Cli.Commands;
using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.TestSupport;

namespace PgmCluster.Cli.Tests.Commands;

/// <summary>What messages and pages advise can be typed: the command is there, and has the options.</summary>
public sealed partial class NamedCommandsTests
{
    /// <summary>Of other programs that messages and pages name.</summary>
    private static readonly HashSet<string> s_optionsOfOthers = ["--help", "--logdir", "--version"];

    /// <summary>How programs of this project start each other: no commands for people.</summary>
    private static readonly HashSet<string> s_internal = ["read-tables"];

    private readonly RootCommand _root = CommandLineApp.Build(CliEnvironment.OfProcess(new FakeCluster()));

    [Fact]
    public void Messages_CommandsTheyName_AreThere()
    {
        var wrong = new List<string>();
        var count = 0;
        foreach (var (file, line) in SourceLines())
        {
            foreach (Match quoted in InQuotes().Matches(line))
            {
                count++;
                if (WhatIsWrong(quoted.Groups[1].Value) is { } reason) wrong.Add($"{file}: 'pgm {quoted.Groups[1].Value}': {reason}");
            }
        }

        Assert.True(count > 50, $"only {count} commands were found in messages");
        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
    }

    /// <summary>Also those that a message names without their command.</summary>
    [Fact]
    public void Messages_OptionsTheyName_AreThere()
    {
        var known = All(_root).SelectMany(c => c.Options).SelectMany(o => o.Aliases.Append(o.Name)).Concat(s_optionsOfOthers).ToHashSet();

        var wrong = SourceLines("PgmCluster.Cli", "PgmCluster.Grains", "PgmCluster.Execution", "PgmCluster.Contracts")
            .SelectMany(l => InLiterals().Matches(l.Line).SelectMany(m => OptionName().Matches(m.Value)).Select(m => (l.File, Option: m.Groups[1].Value)))
            .Where(o => !known.Contains(o.Option)).Select(o => $"{o.File}: {o.Option}").ToList();

        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
    }

    [Fact]
    public void Pages_CommandsInTheirExamples_AreThere()
    {
        var wrong = new List<string>();
        var count = 0;
        foreach (var page in Pages())
        {
            var text = File.ReadAllText(page).Replace("\\\n", " ", StringComparison.Ordinal);
            var examples = Blocks().Matches(text).SelectMany(b => InBlocks().Matches(b.Groups[1].Value)).Concat(InTicks().Matches(text));
            foreach (var example in examples.Select(m => m.Groups[1].Value))
            {
                count++;
                if (WhatIsWrong(example) is { } reason) wrong.Add($"{Path.GetRelativePath(RepositoryRoot.Path, page)}: pgm {example}: {reason}");
            }
        }

        Assert.True(count > 150, $"only {count} commands were found in pages");
        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
    }

    /// <summary>Null where the words after "pgm" begin with a command's names, and each option is one of that command.</summary>
    private string? WhatIsWrong(string words)
    {
        Command command = _root;
        foreach (var word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (word is "|" or ">" or "2>" or "&&" or "&" or "#" or ";") break;
            if (word.StartsWith("--", StringComparison.Ordinal))
            {
                var name = OptionName().Match(word).Groups[1].Value;
                if (name.Length > 0 && !s_optionsOfOthers.Contains(name) && !OptionsOf(command).Contains(name)) return $"'{command.Name}' has no {name}";
            }
            else if (command.Subcommands.FirstOrDefault(c => c.Name == word.TrimEnd(':', '.', ',')) is { } child)
            {
                command = child;
            }
            else if (command.Subcommands.Count > 0 && command.Arguments.Count == 0 && PlainWord().IsMatch(word) && !s_internal.Contains(word))
            {
                return $"'{command.Name}' has no command '{word}'";
            }
        }
        return null;
    }

    private HashSet<string> OptionsOf(Command command) =>
        [.. command.Options.Select(o => o.Name), .. _root.Options.Where(o => o.Recursive).Select(o => o.Name)];

    private static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(All).Prepend(command);

    private static IEnumerable<(string File, string Line)> SourceLines(params string[] projects) =>
        Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/Clusters/", StringComparison.Ordinal))
            .Where(f => projects.Length == 0 || projects.Any(p => f.Contains($"/src/{p}/", StringComparison.Ordinal)))
            .SelectMany(f => File.ReadLines(f).Where(l => !l.TrimStart().StartsWith("//", StringComparison.Ordinal))
                .Select(l => (Path.GetRelativePath(RepositoryRoot.Path, f), l)));

    private static IEnumerable<string> Pages() => new[] { "deploy", "docker", "k8s" }
        .SelectMany(d => Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, d), "*.md", SearchOption.AllDirectories))
        .Append(Path.Combine(RepositoryRoot.Path, "README.md"));

    [GeneratedRegex(@"'pgm ([^'""]+)")]
    private static partial Regex InQuotes();

    [GeneratedRegex(@"""(?:[^""\\]|\\.)*""")]
    private static partial Regex InLiterals();

    [GeneratedRegex(@"(?<![\w-])(--[a-z][a-z-]*[a-z])\b")]
    private static partial Regex OptionName();

    [GeneratedRegex(@"^```(?:bash|sh|console)\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Blocks();

    [GeneratedRegex(@"(?:^|[;&|(] ?|-- |\$ )pgm ([^#\n]*)", RegexOptions.Multiline)]
    private static partial Regex InBlocks();

    [GeneratedRegex(@"(?<!`)`pgm ([^`\n]+)`")]
    private static partial Regex InTicks();

    [GeneratedRegex("^[a-z][a-z-]*$")]
    private static partial Regex PlainWord();
}
