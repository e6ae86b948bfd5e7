using System.CommandLine;
using PgmCluster.Cli.Commands.Jobs;
using PgmCluster.Contracts.Pulls;

namespace PgmCluster.Cli.Commands.Pulls;

/// <summary><c>pgm model pull</c>: files of a model's repository.</summary>
internal static class ModelCommands
{
    public static Command Create(CliEnvironment environment) =>
        new("model", "Fetch models from the Hugging Face Hub") { Pull(environment) };

    private static Command Pull(CliEnvironment environment)
    {
        var repository = new Argument<string>("REPOSITORY") { Description = "OWNER/NAME, such as FoundationVision/LlamaGen" };
        var files = new Argument<string[]>("FILE")
        {
            Description = "Files, directories/ or patterns such as '*.ckpt'. Default: all",
            Arity = ArgumentArity.ZeroOrMore,
            DefaultValueFactory = _ => [],
        };
        var options = new PullOptions();
        var scheduling = new SchedulingOptions();
        var wait = new WaitOptions();
        var command = new Command("pull", "Fetch files of a model; goes on where it was broken off") { repository, files };
        options.AddTo(command);
        scheduling.AddTo(command);
        wait.AddTo(command);
        return command.Does(environment, invocation => PullVerb.RunAsync(
            invocation, wait,
            [options.Of(invocation, PullKind.Model, invocation.Get(repository), invocation.Get(files)) with
                { Scheduling = scheduling.Of(invocation) }],
            result => $"Commands that take a checkpoint take {result.Repository}/{result.Names[0]} as well."));
    }
}
