using System.Text.RegularExpressions;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Grains.Jobs.Requests;

/// <summary>What a job may be called: its id stands in file names and in the ids of its parts.</summary>
internal static partial class JobIds
{
    /// <exception cref="InvalidRequestException">The id has other characters, or too many.</exception>
    public static void Check(string id)
    {
        if (!Allowed().IsMatch(id))
            throw new InvalidRequestException(
                $"Starting job '{id}': an id has 1 to 100 letters, digits, dots, dashes and underscores and begins with a letter or "
                + "digit. Choose such a one.");
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\z")]
    private static partial Regex Allowed();
}
