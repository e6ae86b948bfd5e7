using System.CommandLine;
using PgmCluster.Cli.Commands.Datasets;
using PgmCluster.Cli.Commands.Jobs;
using PgmCluster.Cli.Commands.Sampling;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Grains.Evaluation;

namespace PgmCluster.Cli.Commands.Evaluation;

/// <summary><c>pgm evaluate</c>: scores of a model, or its likelihood.</summary>
internal static class EvaluateCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var defaults = new EvaluationRequest { Model = "" };
        var id = new Argument<string>("ID") { Description = "Id of the evaluation; the same command goes on with it" };
        var model = new Option<string>("--model")
        {
            Description = "Completed training run of a generative model",
            HelpName = "RUN",
            Required = true,
        };
        var classifier = new Option<string>("--classifier")
        {
            Description = "Completed training run of a classifier, for its features",
            HelpName = "RUN",
        };
        var features = new Option<string>("--features")
        {
            Description = "Whose features are compared: classifier or inception (FID)",
            HelpName = "NAME",
            DefaultValueFactory = _ => defaults.Features,
        };
        var statistics = new Option<string>("--statistics")
        {
            Description = "Reference statistics made by 'pgm dataset statistics'. Default: the training split",
            HelpName = "ID",
        };
        var preset = new Option<string?>("--preset")
        {
            Description = "Evaluation preset; other options change its values. 'pgm presets' lists them",
            HelpName = "NAME",
        };
        var images = new Option<int>("--images")
        {
            Description = "Generated images; held-out ones at most as many. With --likelihood: held-out ones, by default all",
            HelpName = "N",
            DefaultValueFactory = _ => defaults.Images,
        };
        var chunk = new Option<int>("--chunk-size")
        {
            Description = "Images per chunk; each chunk has a seed of its own",
            HelpName = "N",
            DefaultValueFactory = _ => defaults.ChunkSize,
        };
        var badImages = BadImages.Option();
        var inception = new InceptionOption();
        var sampler = new SamplerOptions();
        var likelihood = new LikelihoodOptions();
        var scheduling = new SchedulingOptions();
        var wait = new WaitOptions();
        var command = new Command("evaluate", "Score generated images beside held-out and reconstructed ones")
        {
            id, model, classifier, preset, features, statistics, images, chunk, badImages,
        };
        inception.AddTo(command);
        likelihood.AddTo(command);
        sampler.AddTo(command);
        scheduling.AddTo(command);
        wait.AddTo(command);
        return command.Does(environment, invocation =>
        {
            var given = invocation.Get(preset) is { } name
                ? EvaluationPresets.Request(EvaluationPresets.Resolve(name, new Dictionary<string, string>()))
                : defaults;
            if (likelihood.IsAsked(invocation))
                return likelihood.RunAsync(
                    invocation, invocation.Get(id), invocation.Get(model)!, invocation.Get(images, 0),
                    invocation.Get(chunk, given.ChunkSize), sampler, given.Settings,
                    [classifier, features, statistics, badImages, inception.File], scheduling, wait);
            likelihood.Refuse(invocation);
            var skipBad = BadImages.Parse(invocation.Get(badImages)!);
            return JobVerb.RunAsync(invocation, wait, invocation.Get(id), async session =>
            {
                var job = session.Get<IEvaluationJobGrain>(invocation.Get(id));
                var kind = invocation.Get(features, given.Features)!;
                var (weights, stored) = kind == FeatureKinds.Inception ? await inception.StoreAsync(invocation, session.Home) : default;
                await job.Start(new EvaluationRequest
                {
                    Model = invocation.Get(model)!,
                    Classifier = invocation.Get(classifier),
                    Features = kind,
                    Inception = weights,
                    InceptionWeights = stored,
                    Statistics = invocation.Get(statistics),
                    Images = invocation.Get(images, given.Images),
                    ChunkSize = invocation.Get(chunk, given.ChunkSize),
                    SkipBad = skipBad,
                    Seed = sampler.Seed(invocation),
                    Settings = sampler.Settings(invocation, given.Settings),
                    Scheduling = scheduling.Of(invocation),
                });
                return job;
            });
        });
    }
}
