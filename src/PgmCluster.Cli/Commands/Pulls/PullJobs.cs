using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Pulls;
using PgmCluster.Execution.Work;

namespace PgmCluster.Cli.Commands.Pulls;

/// <summary>The ids of pulls, which nobody has to think of.</summary>
internal static class PullJobs
{
    private const string Prefix = "pull-";
    private const int LongestName = 60;

    /// <summary>
    /// Of the same pull, where one is under way; else a new one, which lists the repository anew and fetches only what is not there.
    /// </summary>
    public static async Task<string> IdAsync(IClusterSession session, PullRequest request)
    {
        var stem = Stem(request);
        var (newest, atRest) = await session.Get<ICatalogGrain>(CatalogKinds.Jobs).Read(new CatalogQuery { Kind = JobKind.Pull })
            .Where(e => e.Name.StartsWith(stem, StringComparison.Ordinal))
            .Select(e => (Number: NumberOf(e.Name[stem.Length..]), e.AtRest)).DefaultIfEmpty((0, true)).MaxByAsync(e => e.Item1);
        return $"{stem}{(atRest ? newest + 1 : newest)}";
    }

    /// <summary>Whether a job is a pull, by its id.</summary>
    public static bool IsPull(string id) => id.StartsWith(Prefix, StringComparison.Ordinal);

    private static string Stem(PullRequest request)
    {
        var name = request.Repository.Split('/')[^1];
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(WorkJson.Write(request with { Scheduling = null })));
        var allowed = new string([.. name.Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.').Take(LongestName)]);
        return $"{Prefix}{allowed}-{Convert.ToHexStringLower(hash)[..8]}-";
    }

    private static int NumberOf(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
