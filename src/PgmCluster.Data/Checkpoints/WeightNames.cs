namespace PgmCluster.Data.Checkpoints;

/// <summary>What the keys and names of checkpoints tell.</summary>
internal static class WeightNames
{
    /// <summary>
    /// Segments that wrappers put between the names of a module and its parts: data parallelism, compilation, sharding, recomputation.
    /// </summary>
    private static readonly HashSet<string> Wrappers = new(StringComparer.Ordinal) { "module", "_orig_mod", "_fsdp_wrapped_module",
        "_checkpoint_wrapped_module", "_forward_module" };

    /// <summary>First segments under which trainers keep the model and its company.</summary>
    private static readonly HashSet<string> Roots = new(StringComparer.Ordinal)
    {
        "model", "net", "network", "generator", "first_stage_model", "vqgan", "vq_model", "vqvae", "loss", "discriminator",
    };

    /// <summary>A name without what wrappers put into it, wherever it is a whole segment.</summary>
    public static string Bare(string name)
    {
        if (!name.Contains('.')) return name;
        var segments = name.Split('.');
        // The last segment is the parameter itself.
        var kept = segments.Where((s, i) => i == segments.Length - 1 || !Wrappers.Contains(s)).ToArray();
        return kept.Length == segments.Length ? name : string.Join('.', kept);
    }

    /// <summary>The wrappers' segments in a name.</summary>
    public static IEnumerable<string> WrappersIn(string name) => name.Split('.').SkipLast(1).Where(Wrappers.Contains);

    /// <summary>Whether a key or prefix says that what lies under it is averaged over steps.</summary>
    public static bool IsAveraged(string key) =>
        key.Split('.', '_', '-', ' ').Any(part => part.ToLowerInvariant() is "ema" or "averaged" or "shadow");

    /// <summary>Whether a first segment is one that trainers put before a model's names.</summary>
    public static bool IsRoot(string segment) => Roots.Contains(segment) || IsAveraged(segment);

    /// <summary>Everything before the first dot; null where there is none.</summary>
    public static string? Root(string name) => name.IndexOf('.') is > 0 and var at ? name[..at] : null;
}
