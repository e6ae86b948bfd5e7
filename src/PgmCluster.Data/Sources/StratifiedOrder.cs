namespace PgmCluster.Data.Sources;

/// <summary>
/// An order of examples in which every run of neighbours holds the classes in the shares that they have in all: a split is a run of it. It
/// depends on labels and keys alone, never on the order in which examples are listed.
/// </summary>
public static class StratifiedOrder
{
    /// <summary>Draws the order: within a class by key, and the classes woven into each other evenly.</summary>
    /// <param name="labels">The class of each example; all alike where none is known.</param>
    /// <param name="keys">As good as random and different from example to example; a seed and the example's content decide them.</param>
    /// <returns>At each position the example's index.</returns>
    public static int[] Draw(IReadOnlyList<int> labels, IReadOnlyList<UInt128> keys)
    {
        var byClass = Enumerable.Range(0, labels.Count).GroupBy(i => labels[i]);
        var placed = new List<Place>(labels.Count);
        foreach (var group in byClass)
        {
            var members = group.OrderBy(i => keys[i]).ThenBy(i => i).ToArray();
            for (var rank = 0; rank < members.Length; rank++) placed.Add(new Place(members[rank], rank, members.Length));
        }
        placed.Sort((a, b) =>
        {
            // (2 rank + 1) / members, compared without rounding.
            var byShare = ((2L * a.Rank + 1) * b.Members).CompareTo((2L * b.Rank + 1) * a.Members);
            if (byShare != 0) return byShare;
            var byKey = keys[a.Example].CompareTo(keys[b.Example]);
            return byKey != 0 ? byKey : a.Example.CompareTo(b.Example);
        });
        return [.. placed.Select(p => p.Example)];
    }

    private readonly record struct Place(int Example, int Rank, int Members);
}
