using System.CommandLine;
using System.Globalization;
using PgmCluster.Cli.Errors;

namespace PgmCluster.Cli.Commands.Datasets;

/// <summary>The option <c>--bad-images</c>.</summary>
internal static class BadImages
{
    public const string Fail = "fail";
    private const string Skip = "skip:";

    /// <summary>The option of commands that look at images.</summary>
    public static Option<string> Option() => new("--bad-images")
    {
        Description = "What becomes of images that cannot be decoded: 'fail' names the first and ends, 'skip:N' leaves out up to N, listed",
        HelpName = "POLICY",
        DefaultValueFactory = _ => Fail,
    };

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
