using Spectre.Console;

namespace PgmCluster.Cli.Output;

/// <summary>Consoles on given writers.</summary>
internal static class Consoles
{
    // Where nobody looks at the width, lines are not to be broken: they are read by grep.
    private const int WidthOfFiles = 240;

    private const int NarrowBelow = 80;

    public static IAnsiConsole Of(TextWriter writer, bool isTerminal)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            Interactive = isTerminal ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!isTerminal) console.Profile.Width = WidthOfFiles;
        return console;
    }

    /// <summary>A table of plain texts.</summary>
    public static void WriteTable(this IAnsiConsole console, IReadOnlyList<string> columns, IEnumerable<string[]> rows)
    {
        var all = rows.ToList();
        if (console.Profile.Width < NarrowBelow && !Fits(console.Profile.Width, columns, all))
        {
            WriteRecords(console, columns, all);
            return;
        }
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in columns) table.AddColumn(new TableColumn(new Text(column)));
        foreach (var row in all) table.AddRow(row.Select(cell => new Text(cell)));
        console.Write(table);
    }

    /// <summary>What stands under a table that does not show all.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="left">How many are not shown; none or less writes nothing.</param>
    /// <param name="what">Such as "more".</param>
    public static void WriteRest(this IAnsiConsole console, int left, string what)
    {
        if (left > 0) console.WriteLine($"{left} {what}: --all shows them.");
    }

    // A column narrower than its longest word breaks words, down to nothing but dots.
    private static bool Fits(int width, IReadOnlyList<string> columns, List<string[]> rows) =>
        columns.Select(
            (name, i) => rows.Select(row => row[i]).Append(name).SelectMany(cell => cell.Split(' ')).Max(word => word.Length) + 3)
                .Sum() <= width;

    /// <summary>One line a value, for terminals that no table fits.</summary>
    private static void WriteRecords(IAnsiConsole console, IReadOnlyList<string> columns, List<string[]> rows)
    {
        foreach (var row in rows)
        {
            for (var i = 0; i < columns.Count; i++) console.Write(new Text($"{columns[i]}: {row[i]}\n"));
            console.WriteLine();
        }
    }

    /// <summary>Names and values, one pair a line.</summary>
    public static void WriteFacts(this IAnsiConsole console, params IEnumerable<(string Name, string Value)> facts)
    {
        var list = facts.ToList();
        var width = list.Max(f => f.Name.Length);
        foreach (var (name, value) in list) console.WriteLine($"{name.PadRight(width)}  {value}");
    }
}
