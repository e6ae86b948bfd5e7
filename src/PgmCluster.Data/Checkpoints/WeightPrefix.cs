using PgmCluster.Data.PyTorch;

namespace PgmCluster.Data.Checkpoints;

/// <summary>Weights that are told apart by what their names begin with, as trainers that hold several models write them.</summary>
internal static class WeightPrefix
{
    /// <summary>The tensors whose names begin with a prefix of whole segments, without it.</summary>
    /// <param name="path">The file, for the message.</param>
    /// <param name="model">All tensors.</param>
    /// <param name="average">Averaged ones that are kept apart; taken where the prefix is an averaged one.</param>
    /// <param name="prefix">With or without a dot at its end.</param>
    /// <param name="keys">Keys that could have been named as well.</param>
    /// <exception cref="BadInputException">There are none.</exception>
    public static List<CheckpointTensor> Take(
        string path, IReadOnlyList<CheckpointTensor> model, IReadOnlyList<CheckpointTensor> average, string prefix,
        IEnumerable<string> keys)
    {
        if (average.Count > 0 && prefix.TrimEnd('.') == "ema") return [.. average];
        var start = prefix.TrimEnd('.') + ".";
        var taken = model.Where(t => t.Name.StartsWith(start, StringComparison.Ordinal)).Select(t => t.Named(t.Name[start.Length..]))
            .ToList();
        if (taken.Count > 0) return taken;
        var known = keys.Where(k => k.Length > 0).Concat(average.Count > 0 ? ["ema"] : []).Concat(Roots(model).Select(r => r.Root))
            .Distinct().Take(12).Select(k => $"'{PickleGlobals.Shown(k)}'").ToList();
        throw new BadInputException(
            $"Reading {path}: it has no tensors under '{prefix}'. "
            + $"{(known.Count > 0 ? $"--weights can name {string.Join(", ", known)}." : "Leave out --weights.")}");
    }

    /// <summary>What the first segments say, where they are of the kind that trainers put before a model's names.</summary>
    public static IEnumerable<string> Notes(IReadOnlyList<CheckpointTensor> model, string? chosen)
    {
        var roots = Roots(model);
        if (chosen is not null || !roots.Exists(r => WeightNames.IsRoot(r.Root))) yield break;
        var listed = string.Join(
            ", ",
            roots.Take(8).Select(r => $"'{PickleGlobals.Shown(r.Root)}.' ({r.Count} "
            + $"tensors{(WeightNames.IsAveraged(r.Root) ? ", averaged" : "")})"));
        yield return $"names begin with {listed}{(roots.Count > 8 ? $" and {roots.Count - 8} more" : "")}; "
            + "what a model needs is found behind them, and --weights PREFIX chooses";
    }

    private static List<(string Root, int Count)> Roots(IReadOnlyList<CheckpointTensor> model) =>
        [.. model.Select(t => WeightNames.Root(t.Name)).OfType<string>().GroupBy(r => r,
            StringComparer.Ordinal).Select(g => (g.Key, g.Count()))];
}
