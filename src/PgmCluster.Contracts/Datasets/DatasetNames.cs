using System.Text.RegularExpressions;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Contracts.Datasets;

/// <summary>What a dataset may be called: its name stands in the ids of jobs that read it.</summary>
public static partial class DatasetNames
{
    /// <summary>Whether it may be called so.</summary>
    public static bool CanBe(string name) => Allowed().IsMatch(name);

    /// <summary>Refuses what it cannot be called.</summary>
    /// <exception cref="InvalidRequestException">It has other characters, or too many.</exception>
    public static void Check(string name)
    {
        if (CanBe(name)) return;
        var shown = name.Length > 80 ? $"{name[..80]}..." : name;
        throw new InvalidRequestException(
            $"Registering dataset '{ForeignText.Of(shown)}': a name has 1 to 80 letters, digits, dots, dashes and underscores and begins with a letter or "
            + "digit. Choose such a one.");
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}\z")]
    private static partial Regex Allowed();
}
