using System.CommandLine;
using PgmCluster.Contracts.Pulls;

namespace PgmCluster.Cli.Commands.Pulls;

/// <summary>Options of all pulls.</summary>
internal sealed class PullOptions
{
    private readonly Option<string> _revision = new("--revision")
    {
        Description = "A branch, tag or commit",
        HelpName = "NAME",
        DefaultValueFactory = _ => "main",
    };
    private readonly Option<string[]> _exclude = new("--exclude")
    {
        Description = "Leave out the files that this meets: a name, a directory/ or a pattern such as '*.md'; may be repeated",
        HelpName = "PATTERN",
    };
    private readonly Option<int> _parallel = new("--parallel")
    {
        Description = "Files that one device fetches at a time",
        HelpName = "N",
        DefaultValueFactory = _ => 8,
    };

    public void AddTo(Command command)
    {
        command.Add(_revision);
        command.Add(_exclude);
        command.Add(_parallel);
    }

    public PullRequest Of(
        Invocation invocation, PullKind kind, string repository, IReadOnlyList<string> files, string? split = null) => new()
        {
            Kind = kind,
            Repository = repository,
            Revision = invocation.Get(_revision)!,
            Files = files,
            Exclude = invocation.Get(_exclude) ?? [],
            Split = split,
            Parallel = invocation.Get(_parallel),
        };
}
