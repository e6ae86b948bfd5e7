using System.CommandLine;
using System.Text;
using PgmCluster.Cli.Homes;
using PgmCluster.Cli.Lineages;
using PgmCluster.Cli.Sessions;
using PgmCluster.Data.Artifacts;
using Spectre.Console;

namespace PgmCluster.Cli.Commands.Jobs;

/// <summary><c>pgm lineage</c>: what something was made from, and that from what.</summary>
internal static class LineageCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var name = new Argument<string>("NAME")
        {
            Description = "A run, job or dataset, an artifact's name, a file, or the first 8 or more digits of a SHA-256",
        };
        var svg = new Option<string>("--svg") { Description = "Draw it as well, into an SVG picture", HelpName = "FILE" };
        return new Command("lineage", "Show what something was made from, by name and hash, back to where the data came from") { name, svg }
            .Does(environment, invocation => invocation.WithSessionAsync(SiloNeed.Any, async session =>
            {
                var file = invocation.Get(svg) is { Length: > 0 } path ? Path.GetFullPath(path) : null;
                if (file is not null) OutputFile.Check(file);
                var (kind, found) = await LineageSubject.FindAsync(session, invocation.Get(name));
                var lineage = await LineageReader.ReadAsync(session, kind, found);
                if (file is not null) AtomicFile.Write(file, stream => stream.Write(Encoding.UTF8.GetBytes(LineageDrawing.Svg(lineage))));
                return invocation.Finish(new { lineage.Root, lineage.Nodes, svg = file }, console =>
                {
                    foreach (var line in LineageText.Lines(lineage)) console.WriteLine(line);
                    if (file is not null) console.WriteLine($"Drawn to {file}");
                });
            }));
    }
}
