namespace PgmCluster.Contracts.Evaluation;

/// <summary>Orders of a grid's cells that a likelihood can be exact under.</summary>
public static class LikelihoodOrders
{
    /// <summary>The order in which Halton samplers reveal.</summary>
    public const string Halton = "halton";

    /// <summary>The same, rolled for each image by a distance that the seed decides.</summary>
    public const string Rolled = "rolled";

    /// <summary>Row by row.</summary>
    public const string Raster = "raster";

    /// <summary>All of them, the default first.</summary>
    public static IReadOnlyList<string> All { get; } = [Halton, Rolled, Raster];
}
