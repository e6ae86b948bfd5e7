using PgmCluster.Cli.Output;
using Spectre.Console;

namespace PgmCluster.Cli.Tests.Output;

public sealed class ConsolesTests
{
    private static readonly string[] s_columns = ["worker", "model", "threads", "runs", "last seen"];
    private static readonly string[][] s_rows = [["local/cpu:0", "x64-avx512", "2", "a-training-run", "0:03 ago"],
        ["other/cpu:1", "x64-avx2", "16", "idle", "0:01 ago"]];

    [Theory]
    [InlineData(10)]
    [InlineData(25)]
    [InlineData(79)]
    [InlineData(240)]
    public void WriteTable_AnyWidth_ShowsEveryValue(int width)
    {
        var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(text), Ansi = AnsiSupport.No });
        console.Profile.Width = width;

        console.WriteTable(s_columns, s_rows);

        var lines = text.ToString().Split('\n');
        Assert.All(lines, line => Assert.True(line.TrimEnd().Length <= width, line));
        var shown = string.Concat(lines.Select(line => line.Trim())).Replace(" ", "", StringComparison.Ordinal);
        Assert.All(
            s_columns.Concat(s_rows.SelectMany(row => row)),
            value => Assert.Contains(value.Replace(" ", "", StringComparison.Ordinal), shown));
    }
}
