using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Data.Names;

namespace PgmCluster.Cli.Jobs;

/// <summary>Jobs of a home that were left unfinished: a silo that a command starts goes on with them beside the command's own.</summary>
internal static class OtherJobs
{
    private const int MostNamed = 5;

    /// <summary>One line that names them; null where there are none, or where the silo does not belong to the command.</summary>
    /// <param name="session">The command's.</param>
    /// <param name="isOwn">Whether the command itself is about a job.</param>
    public static async Task<string?> DescribeAsync(IClusterSession session, Func<string, bool> isOwn)
    {
        if (!session.IsEmbedded) return null;
        var unfinished = session.Get<ICatalogGrain>(CatalogKinds.Jobs).Read(new CatalogQuery { AtRest = false });
        var others = await unfinished.Where(e => !isOwn(e.Name)).Reverse().ToListAsync();
        if (others.Count == 0) return null;
        var named = FewOf.List([.. others.Select(Describe)], MostNamed);
        return $"This command's silo also goes on with {named}, not finished before; 'pgm runs cancel ID' ends one.";
    }

    private static string Describe(CatalogEntry entry) =>
        $"'{entry.Name}'{(entry.JobKind is { } kind ? $" ({kind.ToString().ToLowerInvariant()})" : "")}";
}
