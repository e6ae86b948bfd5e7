namespace PgmCluster.Modeling.Likelihood;

/// <summary>The order of a grid's cells that a likelihood is computed under.</summary>
public enum TokenOrder
{
    /// <summary>In which Halton samplers reveal.</summary>
    Halton,

    /// <summary>The same, rolled by a distance of the image's own.</summary>
    Rolled,

    /// <summary>Row by row.</summary>
    Raster,
}
