namespace PgmCluster.Execution.Suggestions;

/// <summary>A size at which a dataset could be trained, and what that takes.</summary>
public sealed record SizeSuggestion
{
    /// <summary>Side of the images in pixels.</summary>
    public required int Size { get; init; }

    /// <summary>Share of the images that are at least so large; null where that is unknown.</summary>
    public required double? LargeEnough { get; init; }

    /// <summary>Preset of the tokenizer.</summary>
    public required string Tokenizer { get; init; }

    /// <summary>Rows, and columns, of the code grid.</summary>
    public required int Grid { get; init; }

    /// <summary>Entries of the codebook.</summary>
    public required int Codebook { get; init; }

    public required long TokenizerSteps { get; init; }

    /// <summary>Preset of the generative model.</summary>
    public required string Model { get; init; }

    /// <summary>Its width.</summary>
    public required int Hidden { get; init; }

    public required long ModelSteps { get; init; }

    /// <summary>Of both trainings, one after the other.</summary>
    public required double Seconds { get; init; }

    /// <summary>Tensors of the larger training; the process itself and libtorch take some 400 MB besides.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Whether this is the one that is proposed.</summary>
    public bool IsProposed { get; init; }

    /// <summary>What to type for it, in order.</summary>
    public required IReadOnlyList<string> Commands { get; init; }
}
