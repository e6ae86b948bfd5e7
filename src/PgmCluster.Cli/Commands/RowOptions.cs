using System.CommandLine;
using PgmCluster.Cli.Errors;

namespace PgmCluster.Cli.Commands;

/// <summary>How many rows a table shows. JSON is whole, unless less is asked for.</summary>
internal sealed class RowOptions
{
    private const int Default = 50;

    private readonly Option<int?> _limit = new("--limit")
    {
        Description = $"At most so many rows. Default: {Default}, and all in JSON",
        HelpName = "N",
    };
    private readonly Option<bool> _all = new("--all") { Description = "All rows" };

    public void AddTo(Command command)
    {
        command.Add(_limit);
        command.Add(_all);
    }

    /// <summary>The most rows that are shown.</summary>
    /// <exception cref="UsageException">Both were given, or a limit that cannot be.</exception>
    public int Most(Invocation invocation)
    {
        var limit = invocation.Get(_limit);
        if (limit is not null && invocation.Get(_all))
            throw new UsageException("--limit and --all exclude each other. Give one of them.");
        if (limit < 1) throw new UsageException($"--limit {limit}: there is at least one row. Give 1 or more.");
        return limit ?? (invocation.Get(_all) || invocation.AsJson ? int.MaxValue : Default);
    }
}
