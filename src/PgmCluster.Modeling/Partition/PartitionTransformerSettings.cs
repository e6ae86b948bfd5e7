using System.Text.Json.Serialization;

namespace PgmCluster.Modeling.Partition;

/// <summary>Shape of a partition transformer.</summary>
public sealed record PartitionTransformerSettings
{
    /// <summary>
    /// Entries of the tokenizer's codebook; the vocabulary adds the mask id (= codebook) and the bos id (= codebook + 1).
    /// </summary>
    public required int Codebook { get; init; }

    /// <summary>Tokens per image, bos not counted.</summary>
    public required int Tokens { get; init; }

    /// <summary>Classes; one more embedding stands for "label dropped".</summary>
    public required int Classes { get; init; }

    /// <summary>Width H.</summary>
    public int Hidden { get; init; } = 1024;

    /// <summary>Attention heads.</summary>
    public int Heads { get; init; } = 16;

    /// <summary>Inner width of the MLPs is this times <see cref="Hidden"/>.</summary>
    public int MlpRatio { get; init; } = 4;

    /// <summary>Blocks in which each group of tokens sees itself.</summary>
    public int EncoderBlocks { get; init; } = 12;

    /// <summary>Blocks in which positions of one group look at the other.</summary>
    public int DecoderBlocks { get; init; } = 12;

    /// <summary>Register tokens R: half of them in each group, so even.</summary>
    public int Registers { get; init; } = 2;

    /// <summary>
    /// "cross-only", "interleave", "interleave-k-cross", "interleave-k-self" or "k-cross-first" with a number for k. Self-attention in the
    /// decoder sees the registers in training but not in inference, as in the public code; cross-only computes the same in both.
    /// </summary>
    public string DecoderLayout { get; init; } = "cross-only";

    /// <summary>
    /// "own" or null: each cross block of the decoder projects the encoder output to keys and values by itself; "shared": all use one
    /// projection (YOCO, arXiv 2405.05254), so that a token's are made and kept once, whatever the depth. Null, so that what is written of
    /// a model has the text that it had before there was a choice.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? CrossKeyValues { get; init; }

    /// <summary>For the interleaved layouts: begin with self-attention.</summary>
    public bool SelfAttentionFirst { get; init; }

    /// <summary>What GroupSwap's queries are made of: "learn", "learn+freqs", "learn+freqs+mean" or "learn+freqs+logsumexp".</summary>
    public string PreQuery { get; init; } = "learn+freqs";

    /// <summary>"linear" or "mlp4".</summary>
    public string QueryProcess { get; init; } = "linear";

    /// <summary>"layernorm" or "rmsnorm", before the query is processed.</summary>
    public string QueryNorm { get; init; } = "layernorm";

    /// <summary>
    /// Columns of the grid by whose rows and columns positions are turned (see <see cref="Attention.RotaryEmbedding"/>); 0 turns them by
    /// their place in the sequence, as the public code does.
    /// </summary>
    public int RotaryColumns { get; init; }

    /// <summary>Dropout on both residual branches of every block while training.</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>
    /// Reproduce the public code's key count in inference, where the last R/2 clean tokens are never attended to, and the registers'
    /// part in the pooled query modes. Published checkpoints and scores were made with it.
    /// </summary>
    public bool CompatReference { get; init; }

    /// <summary>
    /// Sight goes back only (see <see cref="PartitionMasks"/>): tokens are encoded once, in the order in which a sampler reveals them. A
    /// PGM's weights have the same names and shapes.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool BlockCausal { get; init; }

    /// <summary>The name of the default of <see cref="CrossKeyValues"/>.</summary>
    public const string OwnKeyValues = "own";

    /// <summary>One projection makes keys and values for all cross blocks.</summary>
    public bool SharesCrossKeyValues => CrossKeyValues == "shared";

    public int Vocabulary => Codebook + 2;

    public int MaskId => Codebook;

    public int BosId => Codebook + 1;

    /// <summary>Sequence length with bos, without registers.</summary>
    public int Length => Tokens + 1;

    /// <summary>Every problem of a model that is to be trained, one line each; empty if there is none.</summary>
    public IReadOnlyList<string> Problems() => Problems(inferenceOnly: false);

    /// <summary>Every problem at once.</summary>
    /// <param name="inferenceOnly">
    /// A single register is no problem: the public code's inference puts it in front, while no partition can split it.
    /// </param>
    internal IReadOnlyList<string> Problems(bool inferenceOnly)
    {
        var problems = new List<string>();
        if (Codebook is < 2 or > 65534) problems.Add($"codebook = {Codebook}: must be 2 to 65534 (codes are stored in 16 bits).");
        if (Tokens < 1) problems.Add($"tokens = {Tokens}: must be at least 1.");
        if (Classes < 1) problems.Add($"classes = {Classes}: must be at least 1.");
        if (Heads < 1 || Hidden < 1 || Hidden % Heads != 0)
            problems.Add($"hidden = {Hidden}, heads = {Heads}: hidden must be a multiple of heads.");
        else if (Hidden / Heads % 2 != 0) problems.Add($"hidden / heads = {Hidden / Heads}: must be even, rotary embedding turns pairs.");
        if (EncoderBlocks < 0) problems.Add($"encoderBlocks = {EncoderBlocks}: must not be negative.");
        if (DecoderBlocks < 0) problems.Add($"decoderBlocks = {DecoderBlocks}: must not be negative.");
        if (MlpRatio < 1) problems.Add($"mlpRatio = {MlpRatio}: must be at least 1.");
        if (Registers < 0 || Registers % 2 != 0 && !(inferenceOnly && Registers == 1))
            problems.Add($"registers = {Registers}: must be even, half of them belong to each group.");
        if (Dropout is < 0 or >= 1) problems.Add($"dropout = {Dropout}: must be at least 0 and below 1.");
        if (PreQuery is not ("learn" or "learn+freqs" or "learn+freqs+mean" or "learn+freqs+logsumexp"))
            problems.Add($"preQuery = '{PreQuery}': must be learn, learn+freqs, learn+freqs+mean or learn+freqs+logsumexp.");
        if (CrossKeyValues is not (null or OwnKeyValues or "shared"))
            problems.Add($"crossKeyValues = '{CrossKeyValues}': must be own or shared.");
        if (QueryProcess is not ("linear" or "mlp4")) problems.Add($"queryProcess = '{QueryProcess}': must be linear or mlp4.");
        if (QueryNorm is not ("layernorm" or "rmsnorm")) problems.Add($"queryNorm = '{QueryNorm}': must be layernorm or rmsnorm.");
        if (RotaryColumns < 0 || RotaryColumns > 0 && Tokens % RotaryColumns != 0)
            problems.Add($"rotaryColumns = {RotaryColumns}: must be 0, or divide tokens = {Tokens}.");
        else if (RotaryColumns > 0 && Heads > 0 && Hidden / Heads % 4 != 0)
            problems.Add($"hidden / heads = {Hidden / Heads}: must be a multiple of 4 with rotaryColumns, half of the pairs belong to each direction.");
        if (!DecoderLayouts.TryParse(this, out _, out var problem)) problems.Add(problem);
        if (BlockCausal && PreQuery.StartsWith("learn+freqs+", StringComparison.Ordinal))
            problems.Add($"preQuery = '{PreQuery}': must be learn or learn+freqs, a pooled query would be another one for every block.");
        if (BlockCausal && CompatReference) problems.Add("compatReference = true: must be false, the public code has no block-causal model.");
        return problems;
    }
}
