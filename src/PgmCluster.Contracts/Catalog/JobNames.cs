using System.Text.RegularExpressions;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Contracts.Catalog;

/// <summary>What a job may be called: its id stands in file names and in the ids of its parts.</summary>
public static partial class JobNames
{
    /// <summary>Whether it may be called so.</summary>
    public static bool CanBe(string id) => Allowed().IsMatch(id);

    /// <summary>Refuses what it cannot be called.</summary>
    /// <exception cref="InvalidRequestException">It has other characters, or too many.</exception>
    public static void Check(string id)
    {
        if (CanBe(id)) return;
        throw new InvalidRequestException(
            $"Starting job '{ForeignText.Of(id)}': an id has 1 to 100 letters, digits, dots, dashes and underscores and begins with a letter or "
            + "digit. Choose such a one.");
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\z")]
    private static partial Regex Allowed();
}
