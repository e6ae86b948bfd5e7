using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Output;
using PgmCluster.Silo.Backups;
using Spectre.Console;

namespace PgmCluster.Cli.Commands.Homes;

/// <summary>What a backup holds, or what was restored, in words.</summary>
internal static class BackupTexts
{
    private const int MostNamed = 20;

    /// <param name="invocation">The command.</param>
    /// <param name="report">What was done.</param>
    /// <param name="directory">Of the backup.</param>
    /// <param name="done">As in "Written to".</param>
    public static int Finish(Invocation invocation, BackupReport report, string directory, string done)
    {
        invocation.Finish(
            new { directory, report.Rows, report.Artifacts, report.Bytes, report.Missing },
            console =>
            {
                console.WriteLine(
                    $"{done} {directory}: {report.Rows} rows, which name {report.Artifacts} artifacts ({Texts.Bytes(report.Bytes)}).");
                foreach (var artifact in report.Missing.Take(MostNamed))
                    console.WriteLine($"{artifact.Name} is not in the artifact store as it was written.");
                if (report.Missing.Count > 0)
                    console.WriteLine($"{report.Missing.Count} artifacts are missing: put them back from a copy, or make them again.");
            });
        return report.Missing.Count == 0 ? ExitCodes.Ok : ExitCodes.BadInput;
    }
}
