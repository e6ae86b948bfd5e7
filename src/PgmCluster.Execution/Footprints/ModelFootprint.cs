namespace PgmCluster.Execution.Footprints;

/// <summary>What training a model takes on its device, in elements of 4 bytes, from its settings alone.</summary>
/// <param name="Parameters">All parameters.</param>
/// <param name="Kept">What a micro-batch keeps for its backward pass.</param>
/// <param name="Passing">The most that comes and goes beside it.</param>
public sealed record ModelFootprint(long Parameters, long Kept, long Passing)
{
    /// <summary>
    /// Floating-point operations of a micro-batch going forward: two for each product of matrices, convolutions, attention and distances;
    /// what works on single elements is left out.
    /// </summary>
    public double Operations { get; init; }
}
