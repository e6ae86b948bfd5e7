using System.CommandLine;
using PgmCluster.Cli.Commands;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.Storage.Catalog;

namespace PgmCluster.Cli.Completion;

/// <summary>Names of what there is: jobs and datasets of the home or the cluster that the line means, and presets.</summary>
internal static class LiveNames
{
    /// <summary>The most that are shown: who has more jobs types more letters.</summary>
    private const int Most = 200;

    /// <summary>A shell waits this long for its Tab key at most.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    /// <param name="completed">What is completed; null gives no names.</param>
    /// <param name="parsed">The line, which may name a home or a gateway.</param>
    /// <param name="environment">Where silos and variables come from.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The names; none where nobody can say them, since a completion is no place for a message.</returns>
    public static async Task<IReadOnlyList<string>> OfAsync(
        Completed? completed, ParseResult parsed, CliEnvironment environment, CancellationToken cancellation)
    {
        if (completed is null) return [];
        if (IsPreset(completed)) return [.. environment.Sessions.Presets.Select(p => p.Name)];
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(s_patience);
        var names = new List<string>();
        foreach (var (catalog, kind) in CatalogsOf(completed))
        {
            try
            {
                names.AddRange(await ReadAsync(catalog, kind, parsed, environment, patience.Token).WaitAsync(patience.Token));
            }
            catch (Exception)
            {
                // No such home, no silo there, none that answers in time: there are no names then.
            }
        }
        return names;
    }

    private static bool IsPreset(Completed completed) => completed switch
    {
        { Name: "--preset" } => completed.Command is "train" or "checkpoint import",
        { Name: "PRESET" } => true,
        _ => false,
    };

    private static IEnumerable<(string Catalog, JobKind? Kind)> CatalogsOf(Completed completed) => completed switch
    {
        { Name: "--dataset" } or { Command: "dataset show" or "dataset remove" or "dataset statistics", Name: "NAME" } =>
            [(CatalogKinds.Datasets, null)],
        { Name: "--tokens" } or { Command: "tokens export" or "tokenize", Name: "ID" } => [(CatalogKinds.Jobs, JobKind.Tokenization)],
        { Name: "--tokenizer" or "--model" or "--classifier" } or { Command: "train", Name: "ID" } => [(CatalogKinds.Jobs, JobKind.Training)],
        { Name: "--statistics" } => [(CatalogKinds.Jobs, JobKind.Statistics)],
        { Command: "sample", Name: "ID" } => [(CatalogKinds.Jobs, JobKind.Sampling)],
        { Command: "evaluate", Name: "ID" } => [(CatalogKinds.Jobs, JobKind.Evaluation)],
        { Name: "ID" } when completed.Command.StartsWith("runs ", StringComparison.Ordinal) => [(CatalogKinds.Jobs, null)],
        { Command: "lineage", Name: "NAME" } => [(CatalogKinds.Jobs, null), (CatalogKinds.Datasets, null)],
        { Command: "checkpoint export", Name: "SOURCE" } => [(CatalogKinds.Jobs, JobKind.Training)],
        _ => [],
    };

    /// <summary>From the home's own records where it has any, which takes no silo; else from the silo that is meant.</summary>
    private static async Task<IReadOnlyList<string>> ReadAsync(
        string catalog, JobKind? kind, ParseResult parsed, CliEnvironment environment, CancellationToken cancellation)
    {
        var invocation = new Invocation(environment, parsed, cancellation);
        var gateways = Gateways.Of(parsed.GetValue(GlobalOptions.Gateway), environment.Variable);
        var state = new SiloOptions { Home = invocation.Home.Root }.StatePath;
        if (gateways.Count == 0 && File.Exists(state)) return await HomeCatalog.NamesAsync(state, catalog, kind, Most, cancellation);
        await using var session = await invocation.ConnectAsync();
        if (session is null) return [];
        var page = await session.Get<ICatalogGrain>(catalog).Page(new CatalogQuery { Kind = kind, Limit = Most });
        return [.. page.Entries.Select(e => e.Name)];
    }
}
