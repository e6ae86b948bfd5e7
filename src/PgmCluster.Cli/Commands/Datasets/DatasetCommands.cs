using System.CommandLine;
using PgmCluster.Cli.Commands.Evaluation;
using PgmCluster.Cli.Commands.Pulls;
using PgmCluster.Cli.Homes;
using PgmCluster.Cli.Jobs;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Datasets;
using Spectre.Console;

namespace PgmCluster.Cli.Commands.Datasets;

/// <summary><c>pgm dataset add|list|show|remove|pull|statistics</c>.</summary>
internal static class DatasetCommands
{
    public static Command Create(CliEnvironment environment) =>
        new("dataset", "Register and list image datasets")
        {
            DatasetAddCommand.Create(environment), List(environment), Show(environment), Remove(environment),
            DatasetPullCommand.Create(environment), DatasetStatisticsCommand.Create(environment),
        };

    private static Command List(CliEnvironment environment) =>
        new Command("list", "List the registered datasets").Does(environment, invocation =>
            invocation.WithSessionAsync(SiloNeed.Any, async session =>
            {
                var entries = await session.Get<ICatalogGrain>(CatalogKinds.Datasets).List();
                return invocation.Finish(new { datasets = entries }, console =>
                {
                    if (entries.Count == 0) console.WriteLine("No datasets. Register one with 'pgm dataset add NAME LOCATION'.");
                    else console.WriteTable(
                        ["name", "summary", "registered"], entries.Select(e => new[] { e.Name, e.Summary, Texts.Time(e.CreatedAt) }));
                });
            }));

    private static Command Show(CliEnvironment environment)
    {
        var name = new Argument<string>("NAME") { Description = "Name of the dataset" };
        var grid = new Option<string?>("--grid")
        {
            Description = "Draw some images of each class, the classes' balance and the images' sizes into this file",
            HelpName = "FILE.png",
        };
        return new Command("show", "Show one dataset") { name, grid }.Does(environment, invocation =>
        {
            if (invocation.Get(grid) is { } target) OutputFile.Check(target);
            return invocation.WithSessionAsync(SiloNeed.Any, async session =>
            {
                await CatalogNames.RequireAsync(session, CatalogKinds.Datasets, invocation.Get(name));
                var dataset = session.Get<IDatasetGrain>(invocation.Get(name));
                var info = await dataset.Get();
                if (invocation.Get(grid) is { } file)
                {
                    OutputFile.Copy(session.Home, (await dataset.DrawSheet()).Name, file);
                    invocation.ProgressWriter.WriteLine($"Images drawn into {Path.GetFullPath(file)}");
                }
                return invocation.Finish(info, console => Write(console, info));
            });
        });
    }

    private static Command Remove(CliEnvironment environment)
    {
        var name = new Argument<string>("NAME") { Description = "Name of the dataset" };
        return new Command("remove", "Forget a dataset; its files and what was made from it stay") { name }.Does(environment, invocation =>
            invocation.WithSessionAsync(SiloNeed.Any, async session =>
            {
                await CatalogNames.RequireAsync(session, CatalogKinds.Datasets, invocation.Get(name));
                await session.Get<IDatasetGrain>(invocation.Get(name)).Remove();
                return invocation.Finish(
                    new { removed = invocation.Get(name) },
                    console => console.WriteLine($"Dataset '{invocation.Get(name)}' is forgotten."));
            }));
    }

    internal static void Write(IAnsiConsole console, DatasetInfo info) => console.WriteFacts(
    [
        ("dataset", $"{info.Name}{(info.Version is { } version ? $", version {version}" : "")}"),
        ("location", $"{info.Location} ({info.SourceKind})"),
        ("images", $"{info.Images}{(info.Sizes is { } sizes ? $" ({sizes})" : "")}"),
        ("splits", string.Join(", ", info.Splits.Select(s => $"{s.Name} {s.Count}"))),
        ("classes", $"{info.ClassNames.Count}: {string.Join(", ", info.ClassNames.Take(20))}{(info.ClassNames.Count > 20 ? ", ..." : "")}"),
        .. Balance(info) is { } balance ? [("class balance", balance)] : Array.Empty<(string, string)>(),
        .. info.Background is { } color ? [("background", color)] : Array.Empty<(string, string)>(),
        ("content SHA-256", info.ContentSha256),
        .. DatasetNotes.Of(info) is { } note ? [("note", note)] : Array.Empty<(string, string)>(),
    ]);

    /// <summary>How many images classes have, from all splits of known classes; null where that was not recorded.</summary>
    private static string? Balance(DatasetInfo info)
    {
        if (info.TrainingImagesByClass is not { } training || info.ValidationImagesByClass is not { } validation) return null;
        int[] counts = [.. training.Zip(validation, (t, v) => t + v)];
        if (counts.Length == 0) return null;
        var (least, most) = (Array.IndexOf(counts, counts.Min()), Array.IndexOf(counts, counts.Max()));
        return counts[least] == counts[most]
            ? $"{counts[most]} images of each class"
            : $"{counts[least]} ('{info.ClassNames[least]}') to {counts[most]} ('{info.ClassNames[most]}') images of a class";
    }
}
