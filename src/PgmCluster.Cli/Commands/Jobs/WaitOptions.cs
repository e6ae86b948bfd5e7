using System.CommandLine;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Sessions;

namespace PgmCluster.Cli.Commands.Jobs;

/// <summary>Whether a command that starts work waits for its end.</summary>
internal sealed class WaitOptions
{
    private readonly Option<bool> _wait = new("--wait") { Description = "Wait for the end and show progress (the default)" };
    private readonly Option<bool> _detach = new("--detach", "--no-wait")
    {
        Description = "Return once the work is recorded; "
        + "needs a silo started with 'pgm up'"
    };

    public void AddTo(Command command)
    {
        command.Add(_wait);
        command.Add(_detach);
    }

    /// <exception cref="UsageException">Both were given.</exception>
    public bool Detach(Invocation invocation)
    {
        if (invocation.Get(_wait) && invocation.Get(_detach))
            throw new UsageException("--wait and --detach exclude each other. Give one of them.");
        return invocation.Get(_detach);
    }

    public SiloNeed Need(Invocation invocation) => Detach(invocation) ? SiloNeed.Lasting : SiloNeed.Any;
}
