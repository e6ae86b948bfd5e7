using System.CommandLine;

namespace PgmCluster.Cli.Completion;

/// <summary>The option or argument that the last word of a command line is a value of, and the command that has it.</summary>
/// <param name="Command">Its names from the root's first subcommand on, such as "dataset show".</param>
/// <param name="Name">Of the option, with its hyphens, or of the argument.</param>
internal sealed record Completed(string Command, string Name)
{
    /// <returns>Null where the word is a command's name or belongs nowhere.</returns>
    public static Completed? Symbol(RootCommand root, IReadOnlyList<string> words)
    {
        Command command = root;
        var (path, options, arguments) = (new List<string>(), root.Options.Where(o => o.Recursive).ToList(), 0);
        for (var i = 0; i < words.Count - 1; i++)
        {
            if (command.Subcommands.FirstOrDefault(c => c.Name == words[i]) is { } child)
            {
                (command, arguments) = (child, 0);
                path.Add(child.Name);
                options.AddRange(child.Options);
            }
            else if (words[i].StartsWith('-'))
            {
                if (words[i].Contains('=') || Find(options, words[i]) is not { } option || option.ValueType == typeof(bool)) continue;
                if (i == words.Count - 2) return new(string.Join(' ', path), option.Name);
                i++;
            }
            else
            {
                arguments++;
            }
        }
        if (command.Arguments.Count == 0) return null;
        var argument = command.Arguments[Math.Min(arguments, command.Arguments.Count - 1)];
        return arguments < command.Arguments.Count || argument.Arity.MaximumNumberOfValues > 1
            ? new(string.Join(' ', path), argument.Name) : null;
    }

    private static Option? Find(IEnumerable<Option> options, string word) =>
        options.FirstOrDefault(o => o.Name == word || o.Aliases.Contains(word));
}
