using System.CommandLine;
using PgmCluster.Cli.Errors;
using PgmCluster.Contracts.Training;

namespace PgmCluster.Cli.Commands;

/// <summary><c>pgm train</c>: one training run.</summary>
internal static class TrainCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var id = new Argument<string>("ID") { Description = "Id of the run; the same command goes on with it" };
        var preset = new Option<string>("--preset") { Description = "Training preset; 'pgm presets' lists them", HelpName = "NAME", Required = true };
        var dataset = new Option<string?>("--dataset") { Description = "Registered dataset, for tokenizers and classifiers", HelpName = "NAME" };
        var tokens = new Option<string?>("--tokens") { Description = "Completed tokenization, for generative models", HelpName = "ID" };
        var seed = new Option<long>("--seed") { Description = "Decides weights, data order and every draw", HelpName = "N", DefaultValueFactory = _ => 0 };
        var set = new Option<string[]>("--set")
        {
            Description = "Override one value of the preset, such as training.steps=500; may be repeated",
            HelpName = "KEY=VALUE",
            AllowMultipleArgumentsPerToken = true,
        };
        var wait = new WaitOptions();
        var command = new Command("train", "Train a tokenizer, a classifier or a partition generative model") { id, preset, dataset, tokens, seed, set };
        wait.AddTo(command);
        return command.Does(environment, async invocation =>
        {
            if (invocation.Get(dataset) is not null && invocation.Get(tokens) is not null)
                throw new UsageException("--dataset and --tokens exclude each other. Give the one that the preset trains on.");
            var request = new TrainingRequest
            {
                Preset = invocation.Get(preset)!,
                Set = Overrides(invocation.Get(set) ?? []),
                Dataset = invocation.Get(dataset),
                Tokens = invocation.Get(tokens),
                Seed = invocation.Get(seed),
            };
            return await JobVerb.RunAsync(invocation, wait, invocation.Get(id), async session =>
            {
                var run = session.Get<ITrainingRunGrain>(invocation.Get(id));
                await run.Start(request);
                return run;
            });
        });
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
            if (!result.TryAdd(pair[..at].Trim(), pair[(at + 1)..].Trim())) throw new UsageException($"--set names '{pair[..at].Trim()}' twice. Give one value.");
        }
        // Orleans has a codec for the plain dictionary only.
        return new Dictionary<string, string>(result);
    }
}
