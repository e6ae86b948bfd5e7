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

/// <summary><c>pgm dataset add|list|show|pull|statistics</c>.</summary>
internal static class DatasetCommands
{
    public static Command Create(CliEnvironment environment) =>
        new("dataset", "Register and list image datasets") { Add(environment), List(environment), Show(environment),
            DatasetPullCommand.Create(environment), DatasetStatisticsCommand.Create(environment) };

    private static Command Add(CliEnvironment environment)
    {
        var name = new Argument<string>("NAME") { Description = "Name of the dataset" };
        var location = new Argument<string>("LOCATION")
        {
            Description = "Directory, or a tar archive, as the silos see it"
        };
        var validation = new Option<int>("--validation")
        {
            Description = "Images that make the validation split: "
                + "drawn from every class in its share, the same ones however the images are laid out. "
                + "Without it the source's own splits are taken, if it has any",
            HelpName = "N",
            DefaultValueFactory = _ => 0,
        };
        var format = new Option<string?>("--format")
        {
            Description = "webdataset, folder, imagenet, cifar, stl10, idx or list; recognised without it",
            HelpName = "FORMAT",
        };
        var badImages = new Option<string>("--bad-images")
        {
            Description = "What becomes of images that cannot be read: 'fail' names them all, 'skip:N' leaves out up to N",
            HelpName = "POLICY",
            DefaultValueFactory = _ => BadImages.Fail,
        };
        return new Command("add", "Read, check and register a dataset") { name, location, validation, format, badImages }
            .Does(environment, invocation =>
            invocation.WithSessionAsync(SiloNeed.Any, async session =>
            {
                var info = await session.Get<IDatasetGrain>(invocation.Get(name)).Register(new DatasetRequest
                {
                    // As the silo sees it: its current directory may be another one.
                    Location = Path.GetFullPath(PulledPlaces.Dataset(session.Home, invocation.Get(location))),
                    ValidationImages = invocation.Get(validation),
                    Format = invocation.Get(format),
                    SkipUnreadable = BadImages.Parse(invocation.Get(badImages)!),
                });
                return invocation.Finish(info, console => Write(console, info));
            }));
    }

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
        return new Command("show", "Show one dataset") { name }.Does(environment, invocation =>
            invocation.WithSessionAsync(SiloNeed.Any, async session =>
            {
                await CatalogNames.RequireAsync(session, CatalogKinds.Datasets, invocation.Get(name));
                var info = await session.Get<IDatasetGrain>(invocation.Get(name)).Get();
                return invocation.Finish(info, console => Write(console, info));
            }));
    }

    private static void Write(IAnsiConsole console, DatasetInfo info) => console.WriteFacts(
    [
        ("dataset", info.Name),
        ("location", $"{info.Location} ({info.SourceKind})"),
        ("images", $"{info.Images}{(info.Sizes is { } sizes ? $" ({sizes})" : "")}"),
        ("splits", string.Join(", ", info.Splits.Select(s => $"{s.Name} {s.Count}"))),
        ("classes", $"{info.ClassNames.Count}: {string.Join(", ", info.ClassNames.Take(20))}{(info.ClassNames.Count > 20 ? ", ..." : "")}"),
        ("content SHA-256", info.ContentSha256),
        .. DatasetNotes.Of(info) is { } note ? [("note", note)] : Array.Empty<(string, string)>(),
    ]);
}
