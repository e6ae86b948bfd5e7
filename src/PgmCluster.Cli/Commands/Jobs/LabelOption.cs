using System.CommandLine;
using PgmCluster.Cli.Errors;
using PgmCluster.Contracts.Catalog;

namespace PgmCluster.Cli.Commands.Jobs;

/// <summary><c>--label KEY=VALUE</c>, once for each.</summary>
/// <param name="description">What it does to the command.</param>
internal sealed class LabelOption(string description)
{
    private readonly Option<string[]> _option = new("--label")
    {
        Description = description,
        HelpName = "KEY=VALUE",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public void AddTo(Command command) => command.Add(_option);

    /// <summary>The labels; null where none are given.</summary>
    /// <exception cref="UsageException">One is none, or two have one key.</exception>
    public IReadOnlyDictionary<string, string>? Of(Invocation invocation)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var given in invocation.Get(_option) ?? [])
        {
            if (given.Split('=', 2) is not [var key, var value])
                throw new UsageException($"--label {given} is no KEY=VALUE. Write for example --label project=shoes.");
            if (!labels.TryAdd(key, value))
                throw new UsageException($"Label '{key}' is given twice, as '{labels[key]}' and '{value}'. A job has one of each key.");
        }
        if (JobLabels.FaultOf(labels) is { } fault) throw new UsageException($"--label: {fault}.");
        return labels.Count > 0 ? labels : null;
    }
}
