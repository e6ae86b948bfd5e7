namespace PgmCluster.Modeling.MaskGit;

/// <summary>Shape of a MaskGIT transformer.</summary>
public sealed record MaskGitSettings
{
    /// <summary>Entries of the tokenizer's codebook; the vocabulary adds the mask id (= codebook).</summary>
    public required int Codebook { get; init; }

    /// <summary>Rows of the code grid.</summary>
    public required int Height { get; init; }

    /// <summary>Columns of the code grid.</summary>
    public required int Width { get; init; }

    /// <summary>Classes; one more embedding stands for "label dropped".</summary>
    public required int Classes { get; init; }

    /// <summary>Width H.</summary>
    public int Hidden { get; init; } = 1024;

    /// <summary>Blocks.</summary>
    public int Depth { get; init; } = 24;

    /// <summary>Heads; the attention is <see cref="AttentionWidth"/> wide.</summary>
    public int Heads { get; init; } = 16;

    /// <summary>Nominal inner width of the MLPs, as a multiple of <see cref="Hidden"/>; see <see cref="SwiGluWidth"/>.</summary>
    public int MlpRatio { get; init; } = 4;

    /// <summary>Register tokens at the end of the sequence.</summary>
    public int Registers { get; init; } = 1;

    /// <summary>2 folds 2x2 tokens into one position of the transformer; 1 does not.</summary>
    public int Projection { get; init; } = 1;

    /// <summary>Dropout on attention weights, attention output and inside the MLPs while training.</summary>
    public double Dropout { get; init; } = 0.1;

    public int Tokens => Height * Width;

    public int Vocabulary => Codebook + 1;

    public int MaskId => Codebook;

    /// <summary>
    /// Width of all heads together, at most <see cref="Hidden"/>: the public code's size "small" has 6 heads of 85 in a width of 512.
    /// </summary>
    public int AttentionWidth => Heads * (Hidden / Heads);

    /// <summary>
    /// Inner width of SwiGLU: two thirds of the nominal one (it has three matrices instead of two), rounded up to a multiple of 256.
    /// </summary>
    public int SwiGluWidth => (2 * MlpRatio * Hidden / 3 + 255) / 256 * 256;

    /// <summary>Every problem at once, one line each; empty if there is none.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        if (Codebook is < 2 or > 65534) problems.Add($"codebook = {Codebook}: must be 2 to 65534 (codes are stored in 16 bits).");
        if (Height < 1 || Width < 1) problems.Add($"height = {Height}, width = {Width}: must be at least 1.");
        if (Classes < 1) problems.Add($"classes = {Classes}: must be at least 1.");
        if (Heads < 1 || Hidden < Heads)
            problems.Add($"hidden = {Hidden}, heads = {Heads}: there must be at least 1 head, and hidden must be as large.");
        if (Depth < 1) problems.Add($"depth = {Depth}: must be at least 1.");
        if (MlpRatio < 1) problems.Add($"mlpRatio = {MlpRatio}: must be at least 1.");
        if (Registers < 0) problems.Add($"registers = {Registers}: must not be negative.");
        if (Projection is not (1 or 2)) problems.Add($"projection = {Projection}: must be 1 or 2.");
        else if (Height % Projection != 0 || Width % Projection != 0)
            problems.Add($"projection = {Projection}: must divide height = {Height} and width = {Width}.");
        if (Dropout is < 0 or >= 1) problems.Add($"dropout = {Dropout}: must be at least 0 and below 1.");
        return problems;
    }
}
