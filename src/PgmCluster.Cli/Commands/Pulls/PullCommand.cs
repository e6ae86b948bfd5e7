using System.CommandLine;
using PgmCluster.Cli.Commands.Evaluation;
using PgmCluster.Cli.Commands.Jobs;
using PgmCluster.Cli.Errors;
using PgmCluster.Contracts.Pulls;

namespace PgmCluster.Cli.Commands.Pulls;

/// <summary><c>pgm pull</c>: all that one undertaking needs.</summary>
internal static class PullCommand
{
    /// <summary>
    /// What the public code's download script fetches, with the weights that its evaluation needs; and its released checkpoints.
    /// </summary>
    private static readonly Dictionary<string, PullRequest[]> Sets = new(StringComparer.Ordinal)
    {
        ["imagenet-256-vq8"] =
        [
            new() { Kind = PullKind.Dataset, Repository = "timm/imagenet-1k-wds" },
            new() { Kind = PullKind.Model, Repository = "FoundationVision/LlamaGen", Files = ["vq_ds8_c2i.pt"] },
        ],
        ["released-checkpoints"] =
        [
            new() { Kind = PullKind.Model, Repository = "jdeschena/pgm", Files = ["*.ckpt"] },
            new() { Kind = PullKind.Model, Repository = "FoundationVision/LlamaGen", Files = ["vq_ds8_c2i.pt"] },
        ],
    };

    public static Command Create(CliEnvironment environment)
    {
        var name = new Argument<string>("SET") { Description = string.Join(" or ", Sets.Keys) };
        var scheduling = new SchedulingOptions();
        var wait = new WaitOptions();
        var command = new Command(
            "pull", "Fetch all that one undertaking needs: from the Hugging Face Hub, and Inception's weights") { name };
        scheduling.AddTo(command);
        wait.AddTo(command);
        return command.Does(environment, invocation =>
        {
            var set = invocation.Get(name);
            if (!Sets.TryGetValue(set, out var requests))
                throw new UsageException(
                    $"There is no set '{set}'{NearestName.Hint(set, Sets.Keys, $". There are {string.Join(", ", Sets.Keys)}.")}");
            return PullVerb.RunAsync(
                invocation, wait, [.. requests.Select(r => r with { Scheduling = scheduling.Of(invocation) })],
                then: () => InceptionCommands.FetchAsync(invocation));
        });
    }
}
