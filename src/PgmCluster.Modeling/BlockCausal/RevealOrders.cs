using PgmCluster.Modeling.Masking;

namespace PgmCluster.Modeling.BlockCausal;

/// <summary>
/// In which orders and how many blocks a block-causal model learns to reveal pictures. Tokens that are revealed as a sampler will reveal
/// them give the best pictures of that sampler; random orders and numbers of blocks carry over to other ones (SAR, arXiv 2410.10511). Both
/// at first and the sampler's alone at the end is called annealing (RAR, arXiv 2411.00776).
/// </summary>
public sealed record RevealOrders
{
    /// <summary>Steps K of the sampler that is trained for.</summary>
    public int Steps { get; init; } = 16;

    /// <summary>Curve of the share of known tokens over the steps, as in the sampler's settings.</summary>
    public MaskingSchedule Curve { get; init; } = MaskingSchedule.Arccos;

    /// <summary>Share of pictures in the Halton order and <see cref="Steps"/> blocks. The shares count in proportion to their sum.</summary>
    public double Sampler { get; init; } = 1;

    /// <summary>Share of pictures in the Halton order rolled by a random distance.</summary>
    public double Rolled { get; init; }

    /// <summary>Share of pictures in a random order.</summary>
    public double Random { get; init; }

    /// <summary>Fewest blocks of rolled and random orders, each number as likely; 0 for <see cref="Steps"/>.</summary>
    public int FewestBlocks { get; init; }

    /// <summary>Most blocks of rolled and random orders; 0 for <see cref="Steps"/>.</summary>
    public int MostBlocks { get; init; }

    /// <summary>How many tokens the blocks of rolled and random orders have: "curve", as the sampler's, or "random", cut anywhere.</summary>
    public string BlockSizes { get; init; } = "curve";

    /// <summary>Share of the training after which rolled and random orders give way.</summary>
    public double AnnealFrom { get; init; } = 1;

    /// <summary>Share of the training after which there are none; in between they fall linearly.</summary>
    public double AnnealTo { get; init; } = 1;

    /// <summary>Probability that a picture is drawn in the sampler's order.</summary>
    /// <param name="progress">Share of the training that is done, in [0, 1].</param>
    public double SamplerAt(double progress) => 1 - (Rolled + Random) / (Sampler + Rolled + Random) * Remaining(progress);

    /// <summary>Fewest and most blocks of rolled and random orders.</summary>
    /// <param name="tokens">n, cells of the grid: there are no more blocks.</param>
    internal (int Fewest, int Most) OtherBlocks(int tokens) =>
        (Math.Min(tokens, OrSteps(FewestBlocks)), Math.Min(tokens, OrSteps(MostBlocks)));

    private int OrSteps(int count) => count == 0 ? Steps : count;

    private double Remaining(double progress) =>
        progress <= AnnealFrom ? 1 : progress >= AnnealTo ? 0 : (AnnealTo - progress) / (AnnealTo - AnnealFrom);

    /// <summary>Every problem at once, one line each; empty if there is none.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        if (Steps < 1) problems.Add($"steps = {Steps}: must be at least 1.");
        foreach (var (name, share) in new[] { ("sampler", Sampler), ("rolled", Rolled), ("random", Random) })
        {
            if (!double.IsFinite(share) || share < 0) problems.Add($"{name} = {share}: must not be negative.");
        }
        if (Sampler + Rolled + Random <= 0) problems.Add("sampler + rolled + random = 0: one of them must be above 0.");
        if (FewestBlocks < 0) problems.Add($"fewestBlocks = {FewestBlocks}: must not be negative.");
        if (MostBlocks < 0) problems.Add($"mostBlocks = {MostBlocks}: must not be negative.");
        if (OrSteps(FewestBlocks) > OrSteps(MostBlocks))
            problems.Add($"fewestBlocks = {FewestBlocks}, mostBlocks = {MostBlocks} (0 stands for steps = {Steps}): must not be fewer than the fewest.");
        if (BlockSizes is not ("curve" or "random")) problems.Add($"blockSizes = '{BlockSizes}': must be curve or random.");
        if (AnnealFrom is not (>= 0 and <= 1)) problems.Add($"annealFrom = {AnnealFrom}: must be between 0 and 1.");
        if (AnnealTo is not (>= 0 and <= 1) || AnnealTo < AnnealFrom)
            problems.Add($"annealTo = {AnnealTo}: must be between annealFrom = {AnnealFrom} and 1.");
        return problems;
    }
}
