using System.CommandLine;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Cli.Commands.Jobs;

/// <summary>
/// How a command's work is queued, and found. Changes no result: the same command with other values goes on with the same work.
/// </summary>
internal sealed class SchedulingOptions
{
    private readonly Option<int> _priority = new("--priority")
    {
        Description = "Higher goes first, and may take devices from lower",
        HelpName = "N",
        DefaultValueFactory = _ => 0,
    };
    private readonly Option<string?> _user = new("--user")
    {
        Description = "For whom it is done; devices are shared fairly between users. Default: who runs the command",
        HelpName = "NAME",
    };

    private readonly LabelOption _labels = new(
        "By which the job is found ('pgm runs list --label'), kept from its first start; give it once for each");

    public void AddTo(Command command)
    {
        command.Add(_priority);
        command.Add(_user);
        _labels.AddTo(command);
    }

    public Scheduling Of(Invocation invocation) => new()
    {
        Priority = invocation.Get(_priority),
        User = invocation.Get(_user) ?? Environment.UserName,
        Labels = _labels.Of(invocation),
    };
}
