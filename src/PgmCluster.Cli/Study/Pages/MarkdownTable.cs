using System.Globalization;
using System.Text;

namespace PgmCluster.Cli.Study.Pages;

/// <summary>Tables of a page: what is null was not run, and is said to be so.</summary>
internal static class MarkdownTable
{
    public const string NotRun = "not run";

    /// <param name="page">Written to.</param>
    /// <param name="headers">The first one's column is text, the others' are figures.</param>
    /// <param name="rows">As many cells each.</param>
    public static void Table(this StringBuilder page, IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string>> rows)
    {
        page.Append("| ").AppendJoin(" | ", headers).Append(" |\n|---|").Append(string.Concat(headers.Skip(1).Select(_ => "---:|")))
            .Append('\n');
        foreach (var row in rows) page.Append("| ").AppendJoin(" | ", row).Append(" |\n");
        page.Append('\n');
    }

    /// <summary>"0.927", "25.8", "1,812".</summary>
    public static string Number(double? value) => value is { } x
        ? x.ToString(
            Math.Abs(x) >= 1000 ? "N0" : Math.Abs(x) >= 100 ? "0" : Math.Abs(x) >= 10 ? "0.0" : "0.###", CultureInfo.InvariantCulture)
        : NotRun;

    public static string Count(long? value) => value?.ToString("N0", CultureInfo.InvariantCulture) ?? NotRun;
}
