namespace PgmCluster.Modeling.Tokenizer;

/// <summary>Shape of a VQGAN tokenizer (LlamaGen's). VQ-8: channelMultipliers 1,2,2,4; VQ-16: 1,1,2,2,4.</summary>
public sealed record VqSettings
{
    /// <summary>
    /// Side of the pixel blocks that are folded into channels before the first convolution and unfolded behind the last. 1, as in the
    /// public code, folds nothing; 2 makes small models several times cheaper, because no layer runs at full resolution.
    /// </summary>
    public int PatchSize { get; init; } = 1;

    /// <summary>Width of the first stage.</summary>
    public int Channels { get; init; } = 128;

    /// <summary>Width of each stage as a multiple of <see cref="Channels"/>; the image shrinks by 2 between stages.</summary>
    public IReadOnlyList<int> ChannelMultipliers { get; init; } = [1, 2, 2, 4];

    /// <summary>Residual blocks per encoder stage; the decoder has one more.</summary>
    public int ResidualBlocks { get; init; } = 2;

    /// <summary>Channels between encoder and quantizer.</summary>
    public int LatentChannels { get; init; } = 256;

    /// <summary>Entries of the codebook.</summary>
    public int Codebook { get; init; } = 16384;

    /// <summary>Width of an entry.</summary>
    public int CodeWidth { get; init; } = 8;

    /// <summary>Groups of the group norms. The public code has 32 everywhere; narrow models want fewer.</summary>
    public int NormGroups { get; init; } = 32;

    /// <summary>Weight of the commitment loss.</summary>
    public double CommitWeight { get; init; } = 0.25;

    /// <summary>Weight of the entropy loss; 0 leaves it out.</summary>
    public double EntropyWeight { get; init; }

    /// <summary>Factor from image size to grid size.</summary>
    public int Downsampling => PatchSize << (ChannelMultipliers.Count - 1);

    /// <summary>Every problem at once, one line each; empty if there is none.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        if (PatchSize < 1) problems.Add($"patchSize = {PatchSize}: must be at least 1.");
        if (ChannelMultipliers.Count == 0 || ChannelMultipliers.Any(m => m < 1))
            problems.Add("channelMultipliers: must be one or more numbers of at least 1.");
        if (Channels < 1) problems.Add($"channels = {Channels}: must be at least 1.");
        else if (NormGroups < 1 || ChannelMultipliers.Any(m => Channels * m % NormGroups != 0))
            problems.Add(
                $"normGroups = {NormGroups}: must divide every stage's width "
                + $"({string.Join(", ", ChannelMultipliers.Select(m => m * Channels))}).");
        if (ResidualBlocks < 1) problems.Add($"residualBlocks = {ResidualBlocks}: must be at least 1.");
        if (LatentChannels < 1) problems.Add($"latentChannels = {LatentChannels}: must be at least 1.");
        if (Codebook is < 2 or > 65534) problems.Add($"codebook = {Codebook}: must be 2 to 65534 (codes are stored in 16 bits).");
        if (CodeWidth < 1) problems.Add($"codeWidth = {CodeWidth}: must be at least 1.");
        if (CommitWeight < 0) problems.Add($"commitWeight = {CommitWeight}: must not be negative.");
        if (EntropyWeight < 0) problems.Add($"entropyWeight = {EntropyWeight}: must not be negative.");
        return problems;
    }
}
