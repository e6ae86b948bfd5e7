namespace PgmCluster.Data.Names;

/// <summary>Long lists in messages.</summary>
public static class FewOf
{
    /// <summary>The first names, and how many more there are: "a, b and 3 more".</summary>
    /// <param name="names">All.</param>
    /// <param name="most">So many are named.</param>
    public static string List(IReadOnlyCollection<string> names, int most) =>
        string.Join(", ", names.Take(most)) + (names.Count > most ? $" and {names.Count - most} more" : "");
}
