using System.CommandLine;
using PgmCluster.Cli.Commands.Jobs;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Homes;
using PgmCluster.Cli.Jobs;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Data.Blobs.Http;
using Spectre.Console;

namespace PgmCluster.Cli.Commands.Datasets;

/// <summary><c>pgm dataset add</c>.</summary>
internal static class DatasetAddCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var name = new Argument<string>("NAME") { Description = "Name of the dataset" };
        var location = new Argument<string>("LOCATION")
        {
            Description = "Directory, or a tar archive, as the silos see it; or an address of the web that they can read: "
                + "a file, names such as "
                + "https://host/shard-{000..127}.tar, a directory's page (with / at its end), or a .txt that lists files"
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
            Description = "webdataset, parquet, folder, imagenet, coco, cifar, cifar-python, stl10, idx or list; recognised without it",
            HelpName = "FORMAT",
        };
        var badImages = new Option<string>("--bad-images")
        {
            Description = "What becomes of images that cannot be read: 'fail' names them all, 'skip:N' leaves out up to N",
            HelpName = "POLICY",
            DefaultValueFactory = _ => BadImages.Fail,
        };
        var background = BackgroundOption.Create();
        var verify = new Option<bool>("--verify")
        {
            Description = "Of a dataset that is registered: read also the files whose size and time are as they were",
        };
        var wait = new WaitOptions();
        var command = new Command("add", "Read, check and register a dataset")
        {
            name, location, validation, format, badImages, background, verify,
        };
        wait.AddTo(command);
        return command.Does(environment, invocation =>
        {
            var dataset = invocation.Get(name)!;
            if (dataset.Length == 0) throw new UsageException("The dataset's name is empty. Give one, such as 'photos'.");
            var request = new DatasetRequest
            {
                Location = invocation.Get(location)!,
                ValidationImages = invocation.Get(validation),
                Format = invocation.Get(format),
                SkipUnreadable = BadImages.Parse(invocation.Get(badImages)!),
                Background = BackgroundOption.Parse(invocation.Get(background)),
                Verify = invocation.Get(verify),
            };
            return invocation.WithSessionAsync(
                wait.Need(invocation), session => RunAsync(invocation, session, dataset, request, wait.Detach(invocation)));
        });
    }

    private static async Task<int> RunAsync(
        Invocation invocation, IClusterSession session, string name, DatasetRequest request, bool detach)
    {
        var dataset = session.Get<IDatasetGrain>(name);
        // As the silo sees it: its current directory may be another one.
        var started = await dataset.StartRegistration(request with { Location = PlaceOf(session, request.Location) })
            .WaitAsync(invocation.Cancellation);
        if (started.Job is { } id)
        {
            session.Claim?.Keep();
            var job = session.Get<IRegistrationJobGrain>(id);
            if (detach)
            {
                var status = await job.GetStatus();
                return invocation.Finish(new { status, result = (object?)null }, console =>
                    console.WriteLine($"Job '{id}' registers dataset '{name}'. Follow it with 'pgm runs watch {id}'."));
            }
            try
            {
                await JobVerb.WaitAsync(invocation, job, id);
            }
            catch (JobEndedException e) when (e.Status is { Phase: JobPhase.Failed, Message: { } message }
                && !GivenUpWork.IsSaidBy(message))
            {
                throw new InvalidRequestException(message);
            }
        }
        var info = started.Dataset ?? await dataset.Get();
        return invocation.Finish(info, console => DatasetCommands.Write(console, info));
    }

    private static string PlaceOf(IClusterSession session, string location) =>
        HttpBlobs.Is(location) ? location : Path.GetFullPath(PulledPlaces.Dataset(session.Home, location));
}
