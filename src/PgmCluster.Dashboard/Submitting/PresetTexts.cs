namespace PgmCluster.Dashboard.Submitting;

/// <summary>What presets are, in words.</summary>
internal static class PresetTexts
{
    private static readonly Dictionary<string, (string Group, string Does)> s_kinds = new()
    {
        ["tokenizer"] = ("Tokenizers", "Learns to write pictures as codes, and to read them back"),
        ["classifier"] = ("Classifiers", "Learns to name the class of a picture, and so to judge what others draw"),
        ["pgm"] = ("Partition generative models", "Learns to draw pictures of each class (PGM)"),
        ["pgm-once"] = ("Models that encode each token once", "Learns to draw pictures of each class, at the least cost a picture"),
        ["maskgit"] = ("MaskGIT", "Learns to draw pictures of each class, to compare with"),
    };

    /// <summary>The heading over presets of a kind.</summary>
    public static string Group(string kind) => s_kinds.TryGetValue(kind, out var known) ? known.Group : kind;

    /// <summary>What a preset trains, on what and for how long.</summary>
    public static string About(TrainingPreset preset)
    {
        var does = s_kinds.TryGetValue(preset.Kind, out var known) ? known.Does : $"Trains a model of kind {preset.Kind}";
        var on = preset.NeedsTokens ? "a tokenization"
            : preset.Value("data.imageSize") is { } side and not "0" ? $"pictures, resized to {side}x{side}" : "pictures";
        return $"{does}. Trains on {on}, {preset.Value("training.steps")} steps of {preset.Value("training.batchSize")} examples.";
    }

    /// <summary>
    /// The tokenizer that goes with a preset that trains on tokens, by the end of both names ("pgm-once-fashion", "tokenizer-fashion"); else
    /// the first.
    /// </summary>
    public static TrainingPreset? TokenizerFor(TrainingPreset preset, IReadOnlyList<TrainingPreset> all)
    {
        var end = preset.Name[(preset.Name.LastIndexOf('-') + 1)..];
        var tokenizers = all.Where(p => p.Kind == "tokenizer").ToArray();
        return tokenizers.FirstOrDefault(t => t.Name.EndsWith($"-{end}", StringComparison.Ordinal)) ?? tokenizers.FirstOrDefault();
    }
}
