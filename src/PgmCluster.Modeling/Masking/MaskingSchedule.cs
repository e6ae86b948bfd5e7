namespace PgmCluster.Modeling.Masking;

/// <summary>How a uniform draw r becomes the share of tokens in group 1 (PGM) or hidden (MaskGIT).</summary>
public enum MaskingSchedule
{
    /// <summary>1 - sqrt r</summary>
    Root,

    /// <summary>1 - r</summary>
    Linear,

    /// <summary>1 - r^2</summary>
    Square,

    /// <summary>cos(r pi/2)</summary>
    Cosine,

    /// <summary>arccos(r) / (pi/2)</summary>
    Arccos,
}
