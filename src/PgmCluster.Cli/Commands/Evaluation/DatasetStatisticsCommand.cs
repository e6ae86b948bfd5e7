using System.CommandLine;
using PgmCluster.Cli.Commands.Datasets;
using PgmCluster.Cli.Commands.Jobs;
using PgmCluster.Contracts.Evaluation;

namespace PgmCluster.Cli.Commands.Evaluation;

/// <summary><c>pgm dataset statistics</c>: what generated images are compared with.</summary>
internal static class DatasetStatisticsCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var defaults = new StatisticsRequest { Dataset = "", ImageSize = 0 };
        var name = new Argument<string>("NAME") { Description = "Name of the dataset" };
        var features = new Option<string>("--features")
        {
            Description = "inception, or the training run of a classifier",
            HelpName = "NAME",
            Required = true,
        };
        var size = new Option<int>("--size")
        {
            Description = "Side in pixels to which images are prepared, as the model makes them",
            HelpName = "S",
            Required = true,
        };
        var split = new Option<string>("--split")
        {
            Description = "Split of the dataset",
            HelpName = "NAME",
            DefaultValueFactory = _ => defaults.Split,
        };
        var images = new Option<int>("--images")
        {
            Description = "So many images, drawn from all of the split; 0 takes all",
            HelpName = "N",
            DefaultValueFactory = _ => defaults.Images,
        };
        var id = new Option<string>("--id") { Description = "Name of the statistics. Default: NAME-SPLIT-FEATURES-S", HelpName = "ID" };
        var batch = new Option<int>("--batch-size")
        {
            Description = "Images per batch",
            HelpName = "N",
            DefaultValueFactory = _ => defaults.BatchSize,
        };
        var badImages = BadImages.Option();
        var inception = new InceptionOption();
        var scheduling = new SchedulingOptions();
        var wait = new WaitOptions();
        var command = new Command("statistics", "Make reference statistics of a dataset's images")
        {
            name, features, size, split, images, id, batch, badImages,
        };
        inception.AddTo(command);
        scheduling.AddTo(command);
        wait.AddTo(command);
        return command.Does(environment, invocation =>
        {
            var (dataset, network) = (invocation.Get(name), invocation.Get(features)!);
            var isInception = network == FeatureKinds.Inception;
            var statistics = invocation.Get(id) ?? $"{dataset}-{invocation.Get(split)}-{network}-{invocation.Get(size)}";
            var skipBad = BadImages.Parse(invocation.Get(badImages)!);
            return JobVerb.RunAsync(invocation, wait, statistics, async session =>
            {
                var job = session.Get<IStatisticsJobGrain>(statistics);
                var (weights, stored) = isInception ? await inception.StoreAsync(invocation, session.Home) : default;
                await job.Start(new StatisticsRequest
                {
                    Dataset = dataset,
                    Split = invocation.Get(split)!,
                    Images = invocation.Get(images),
                    ImageSize = invocation.Get(size),
                    Classifier = isInception ? null : network,
                    Inception = weights,
                    InceptionWeights = stored,
                    BatchSize = invocation.Get(batch),
                    SkipBad = skipBad,
                    Scheduling = scheduling.Of(invocation),
                });
                return job;
            });
        });
    }
}
