using PgmCluster.Data.Formats;

namespace PgmCluster.Data.Manifests;

/// <summary>
/// Which splits a dataset gets: the source's own, where it names some and no number of validation pictures is asked for; else a draw over
/// all that is there for training and validation. Splits of other names stay as they are, behind.
/// </summary>
/// <param name="Splits">Runs of positions, one after the other.</param>
/// <param name="Drawn">The first so many positions are drawn; 0 where none is.</param>
/// <param name="Remarks">What a user should know, a clause each.</param>
internal sealed record SplitPlan(IReadOnlyList<SplitPlan.Run> Splits, int Drawn, IReadOnlyList<string> Remarks)
{
    /// <summary>The split of pictures to which a source that has splits gives none.</summary>
    private const string Other = "other";

    /// <param name="splits">The split of each shard, in the order of <see cref="SplitNames.Rank"/>.</param>
    /// <param name="images">Pictures of each shard.</param>
    /// <param name="request">How much is held out.</param>
    public static SplitPlan Of(IReadOnlyList<string?> splits, IReadOnlyList<int> images, SplitRequest request)
    {
        var own = Runs(splits, images);
        var named = own.Where(s => s.Name != Other).ToList();
        bool Has(string name) => named.Any(s => s.Name == name);
        static string Words(IEnumerable<Run> runs) => string.Join(", ", runs.Select(s => $"{s.Name} {s.Count}"));
        var hasOwn = Has(SplitNames.Train) && named.Count > 1;
        if (hasOwn && request.Images == 0 && (Has(SplitNames.Validation) || request.Share == 0)) return new SplitPlan(own, 0, []);
        var isUntrained = named.Count > 0 && !Has(SplitNames.Train);
        if (isUntrained && request is { Images: 0, Share: 0 })
            return new SplitPlan(
                own, 0,
                [$"the source names no split to train on ({Words(own)}): --validation N draws one, and N pictures for validation"]);

        // What is named for something else is not mixed with what is drawn from.
        string[] sources =
            Has(SplitNames.Train) || Has(SplitNames.Validation) ? [SplitNames.Train, SplitNames.Validation] : [SplitNames.Test];
        var pooled = named.Count > 1 && sources.Any(Has) ? own.Where(s => sources.Contains(s.Name)).ToList() : own;
        var drawn = pooled.Sum(s => s.Count);
        var held = request.Held(drawn);
        List<Run> result = [new(SplitNames.Train, 0, drawn - held)];
        if (held > 0) result.Add(new Run(SplitNames.Validation, drawn - held, held));
        result.AddRange(own.Except(pooled));
        var said = isUntrained ? $"the source names no split to train on: training and validation are drawn from {Words(pooled)}"
            : Has(SplitNames.Validation) && hasOwn
                ? $"the source's own splits ({Words(pooled)}) are drawn anew, as --validation asks"
                : null;
        return new SplitPlan(result, drawn, said is null ? [] : [said]);
    }

    private static List<Run> Runs(IReadOnlyList<string?> splits, IReadOnlyList<int> images)
    {
        var runs = new List<Run>();
        var start = 0;
        for (var shard = 0; shard < splits.Count; shard++)
        {
            var name = splits[shard] ?? Other;
            if (runs.Count > 0 && runs[^1].Name == name) runs[^1] = runs[^1] with { Count = runs[^1].Count + images[shard] };
            else runs.Add(new Run(name, start, images[shard]));
            start += images[shard];
        }
        return runs;
    }

    /// <summary>Positions of a split.</summary>
    internal readonly record struct Run(string Name, int Start, int Count);
}
