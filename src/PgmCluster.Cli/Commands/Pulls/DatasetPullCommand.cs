using System.CommandLine;
using PgmCluster.Cli.Commands.Jobs;
using PgmCluster.Contracts.Pulls;

namespace PgmCluster.Cli.Commands.Pulls;

/// <summary><c>pgm dataset pull</c>: files of a dataset's repository.</summary>
internal static class DatasetPullCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var repository = new Argument<string>("REPOSITORY") { Description = "OWNER/NAME, such as timm/imagenet-1k-wds" };
        var split = new Option<string?>("--split")
        {
            Description = "Leave out files that are named after another split",
            HelpName = "NAME",
        };
        var include = new Option<string[]>("--include")
        {
            Description = "Only the files that this meets: a name, a directory/ or a pattern such as '*.tar'; may be repeated",
            HelpName = "PATTERN",
        };
        var options = new PullOptions();
        var scheduling = new SchedulingOptions();
        var wait = new WaitOptions();
        var command = new Command("pull", "Fetch a dataset from the Hugging Face Hub; goes on where it was broken off")
        {
            repository, split, include,
        };
        options.AddTo(command);
        scheduling.AddTo(command);
        wait.AddTo(command);
        return command.Does(environment, invocation => PullVerb.RunAsync(
            invocation, wait,
            [options.Of(invocation, PullKind.Dataset, invocation.Get(repository), invocation.Get(include) ?? [], invocation.Get(split)) with
                { Scheduling = scheduling.Of(invocation) }]));
    }
}
