using System.CommandLine;
using PgmCluster.Cli.Commands;

namespace PgmCluster.Cli.Completion;

/// <summary>What the last word of an unfinished command line may become.</summary>
internal static class Candidates
{
    /// <param name="root">The command line.</param>
    /// <param name="words">Those after the program's name; the last one is completed and may be empty.</param>
    /// <param name="environment">Where names are looked up.</param>
    /// <param name="cancellation">Ends the looking up.</param>
    /// <returns>In ordinal order: names, values and commands; options only where the word begins like one.</returns>
    public static async Task<IReadOnlyList<string>> OfAsync(
        RootCommand root, IReadOnlyList<string> words, CliEnvironment environment, CancellationToken cancellation)
    {
        var typed = WithoutSigns(words);
        var word = typed.Count > 0 ? typed[^1] : "";
        var line = string.Join(' ', typed.Select(Quoted));
        if (word.Length == 0) line = line.TrimEnd() + " ";
        var parsed = root.Parse(line, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.UnmatchedTokens.Any(t => t != word && !t.StartsWith('-'))) return [];
        var known = parsed.GetCompletions(line.Length).Select(c => c.Label);
        var isOption = word.StartsWith('-');
        var names = isOption ? [] : await LiveNames.OfAsync(Completed.Symbol(root, typed), parsed, environment, cancellation);
        return [.. known.Where(c => IsOption(c) ? isOption && c.StartsWith("--", StringComparison.Ordinal) : !isOption)
            .Concat(names).Where(c => c.StartsWith(word, StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    private static bool IsOption(string text) => text.StartsWith('-') || text is "/?" or "/h";

    /// <summary>Bash breaks <c>--preset=pgm</c> into three words.</summary>
    private static List<string> WithoutSigns(IReadOnlyList<string> words)
    {
        var kept = new List<string>();
        for (var i = 0; i < words.Count; i++)
        {
            if (words[i] == "=" && i > 0 && words[i - 1].StartsWith("--", StringComparison.Ordinal))
            {
                if (i == words.Count - 1) kept.Add("");
            }
            else
            {
                kept.Add(words[i]);
            }
        }
        return kept;
    }

    private static string Quoted(string word) => word.Contains(' ') ? $"\"{word.Replace("\"", "", StringComparison.Ordinal)}\"" : word;
}
