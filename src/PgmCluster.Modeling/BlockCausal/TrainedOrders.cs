using System.Globalization;
using PgmCluster.Modeling.Masking;

namespace PgmCluster.Modeling.BlockCausal;

/// <summary>
/// Whether a block-causal model is asked to reveal pictures about as it learned to. Orders and numbers of blocks that it never met give worse
/// pictures (SAR, arXiv 2410.10511).
/// </summary>
public static class TrainedOrders
{
    /// <summary>Numbers of steps within this factor of those that were trained are near.</summary>
    private const double Near = 1.5;

    /// <param name="trained">What the model was trained on.</param>
    /// <param name="order">"halton" or "rolled"; any other is one that random orders prepare for.</param>
    /// <param name="steps">Steps asked for.</param>
    /// <param name="curve">Of the share of known tokens over the steps.</param>
    /// <param name="tokens">n, cells of the grid: more steps are as many.</param>
    /// <returns>What is far from it, a clause; null where nothing is.</returns>
    public static string? Difference(RevealOrders trained, string order, int steps, MaskingSchedule curve, int tokens)
    {
        var others = trained.Rolled + trained.Random > 0;
        var knowsHalton = trained.Sampler > 0 || trained.AnnealFrom < 1;
        var knows = order switch { "halton" => knowsHalton, "rolled" => others, _ => trained.Random > 0 };
        var counts = knowsHalton ? new List<int> { Math.Min(tokens, trained.Steps) } : [];
        if (others && trained.OtherBlocks(tokens) is var other) counts.AddRange([other.Fewest, other.Most]);
        var (fewest, most, asked) = (counts.Min(), counts.Max(), Math.Min(steps, tokens));
        List<string> far = [];
        if (!knows) far.Add($"the {order} order");
        if (asked * Near < fewest || asked > most * Near) far.Add(string.Create(CultureInfo.InvariantCulture, $"{asked} steps"));
        if (curve != trained.Curve && trained.BlockSizes == "curve") far.Add($"the {Word(curve)} curve");
        if (far.Count == 0) return null;
        List<string> orders = [];
        if (knowsHalton) orders.Add("halton");
        if (trained.Rolled > 0) orders.Add("rolled");
        if (trained.Random > 0) orders.Add("random");
        var range = fewest == most ? $"{fewest}" : $"{fewest} to {most}";
        return string.Create(CultureInfo.InvariantCulture,
            $"{string.Join(", ", far)}: far from what the model was trained on ({string.Join(", ", orders)} order, {range} steps, ")
            + $"{Word(trained.Curve)} curve), which draws it better";
    }

    private static string Word(MaskingSchedule curve) => curve.ToString().ToLowerInvariant();
}
