using System.CommandLine;
using PgmCluster.Cli.Commands.Checkpoints;
using PgmCluster.Cli.Commands.Datasets;
using PgmCluster.Cli.Commands.Jobs;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Homes;
using PgmCluster.Contracts.Training;
using PgmCluster.Data.Checkpoints;
using PgmCluster.Execution.Models;

namespace PgmCluster.Cli.Commands.Training;

/// <summary><c>pgm train</c>: one training run.</summary>
internal static class TrainCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var id = new Argument<string>("ID") { Description = "Id of the run; the same command goes on with it" };
        var preset = new Option<string>("--preset")
        {
            Description = "Training preset; 'pgm presets' lists them",
            HelpName = "NAME",
            Required = true,
        };
        var dataset = new Option<string?>("--dataset")
        {
            Description = "Registered dataset, for tokenizers and classifiers",
            HelpName = "NAME",
        };
        var tokens = new Option<string?>("--tokens") { Description = "Completed tokenization, for generative models", HelpName = "ID" };
        var seed = new Option<long>("--seed")
        {
            Description = "Decides weights, data order and every draw",
            HelpName = "N",
            DefaultValueFactory = _ => 0,
        };
        var set = new Option<string[]>("--set")
        {
            Description = "Override one value of the preset, such as training.steps=500; may be repeated",
            HelpName = "KEY=VALUE",
        };
        var from = new Option<string?>("--from")
        {
            Description = "Begin with this checkpoint (.pth, .pt, .ckpt, .safetensors): "
                + "weights, and averages, optimizer and step where it has them",
            HelpName = "FILE",
        };
        var weights = WeightsOption.Create();
        var asIs = new Option<bool>("--as-is") { Description = "With --from: do not train, take the weights as they are" };
        var flips = new Option<bool>("--flips") { Description = "With --tokens: train on the mirrored images as well" };
        var badImages = BadImages.Option();
        var workers = new WorkersOption();
        var scheduling = new SchedulingOptions();
        var wait = new WaitOptions();
        var command = new Command("train", "Train a tokenizer, a classifier, a partition generative model or MaskGIT")
        {
            id, preset, dataset, tokens, seed, set, from, weights, asIs, flips, badImages,
        };
        workers.AddTo(command);
        scheduling.AddTo(command);
        wait.AddTo(command);
        return command.Does(environment, async invocation =>
        {
            if (invocation.Get(dataset) is not null && invocation.Get(tokens) is not null)
                throw new UsageException("--dataset and --tokens exclude each other. Give the one that the preset trains on.");
            var overrides = Overrides(invocation.Get(set) ?? []);
            var source = invocation.Get(from) is { } named ? PulledPlaces.File(invocation.Home, named) : null;
            if (source is null && invocation.Get(asIs))
                throw new UsageException("--as-is takes the weights of a checkpoint. Name it with --from, or leave out --as-is.");
            var key = invocation.Get(weights);
            if (source is null && key is not null)
                throw new UsageException("--weights chooses among those of a checkpoint. Name it with --from, or leave out --weights.");
            if (source is not null) overrides = WithCompat(source, key, invocation.Get(preset)!, overrides);
            var (minWorkers, maxWorkers) = workers.Of(invocation);
            var request = new TrainingRequest
            {
                Preset = invocation.Get(preset)!,
                Set = overrides,
                FromWeights = key,
                AsIs = invocation.Get(asIs),
                Flips = invocation.Get(flips),
                SkipBad = BadImages.Parse(invocation.Get(badImages)!),
                Dataset = invocation.Get(dataset),
                Tokens = invocation.Get(tokens),
                Seed = invocation.Get(seed),
                MinWorkers = minWorkers,
                MaxWorkers = maxWorkers,
                Scheduling = scheduling.Of(invocation),
            };
            return await JobVerb.RunAsync(invocation, wait, invocation.Get(id), async session =>
            {
                var run = session.Get<ITrainingRunGrain>(invocation.Get(id));
                await run.Start(source is null ? request : request with { From = Upload.Of(session.Home, source) });
                return run;
            });
        });
    }

    /// <summary>
    /// Models that can compute inference as the public code does do so with its checkpoints, unless told otherwise; files of this program
    /// say themselves.
    /// </summary>
    private static IReadOnlyDictionary<string, string> WithCompat(
        string file, string? weights, string preset, IReadOnlyDictionary<string, string> overrides)
    {
        using var checkpoint = ReferenceCheckpoint.Open(file, weights);
        if (checkpoint.Specification is not null || new SpecificationResolver().KindOf(preset) != "pgm"
            || overrides.ContainsKey("model.compatReference"))
            return overrides;
        return new Dictionary<string, string>(overrides) { ["model.compatReference"] = "true" };
    }

    /// <summary>Reads "a.b=c" pairs.</summary>
    /// <exception cref="UsageException">A pair without '=', or a key twice.</exception>
    internal static IReadOnlyDictionary<string, string> Overrides(IEnumerable<string> pairs)
    {
        var result = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in pairs)
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0) throw new UsageException($"--set '{pair}' is not KEY=VALUE. Write it like --set training.steps=500.");
            if (!result.TryAdd(pair[..at].Trim(), pair[(at + 1)..].Trim()))
                throw new UsageException($"--set names '{pair[..at].Trim()}' twice. Give one value.");
        }
        // Orleans has a codec for the plain dictionary only.
        return new Dictionary<string, string>(result);
    }
}
