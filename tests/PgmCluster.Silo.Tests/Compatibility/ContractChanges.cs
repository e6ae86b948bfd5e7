namespace PgmCluster.Silo.Tests.Compatibility;

/// <summary>What is wrong with a change of what neighbouring versions agree on.</summary>
internal static class ContractChanges
{
    public const string HowToAdd = "PGM_APPROVE_CONTRACT=1 dotnet test -c Release tests/PgmCluster.Silo.Tests --filter ContractTests";

    /// <summary>Lines that are there no more, or otherwise. Versions of interfaces may rise.</summary>
    public static IReadOnlyList<string> Broken(IEnumerable<string> approved, IReadOnlyCollection<string> present)
    {
        var versions = present.Where(IsVersion).ToDictionary(l => l.Split(' ')[1], VersionOf);
        return
        [
            .. approved.Except(present).Where(l => !IsVersion(l) || versions.GetValueOrDefault(l.Split(' ')[1]) < VersionOf(l)).Select(l =>
                $"'{l}' is no longer so: a silo or a client of the version before would read something else, or nothing. "
                + "Take the change back "
                + "and add beside it: a member under a new id, a method under a new alias, a value under a new number, a type under a new "
                + "alias, a step of the schema in a new file. Only what no version that is in use knows any more may go: "
                + "then take the line "
                + "out of approved-contract.txt by hand, and say in the commit since which version nobody needs it."),
        ];
    }

    /// <summary>Lines that nobody has approved yet.</summary>
    public static IReadOnlyList<string> Added(IEnumerable<string> approved, IEnumerable<string> present) =>
        [.. present.Except(approved).Select(l => $"'{l}' is new. Additions are fine: approve them with {HowToAdd}, and commit the file.")];

    private static bool IsVersion(string line) => line.StartsWith("version ", StringComparison.Ordinal);

    private static int VersionOf(string line) => int.Parse(line.Split(' ')[2]);
}
