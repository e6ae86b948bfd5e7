using System.Globalization;
using PgmCluster.Cli.Errors;

namespace PgmCluster.Cli.Commands.Datasets;

/// <summary>The option <c>--bad-images</c>.</summary>
internal static class BadImages
{
    public const string Fail = "fail";
    private const string Skip = "skip:";

    /// <summary>How many images may be unreadable.</summary>
    /// <exception cref="UsageException">It is neither "fail" nor "skip:N".</exception>
    public static int Parse(string policy)
    {
        if (policy == Fail) return 0;
        if (policy.StartsWith(Skip, StringComparison.Ordinal)
            && int.TryParse(policy.AsSpan(Skip.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            return count;
        throw new UsageException($"--bad-images '{policy}' is no policy. Give 'fail', or 'skip:N' to leave out up to N images.");
    }
}
