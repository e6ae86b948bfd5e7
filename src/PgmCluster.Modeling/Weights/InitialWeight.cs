namespace PgmCluster.Modeling.Weights;

/// <summary>How a tensor begins. A tensor's fan-in is the product of all its sizes but the first.</summary>
public enum InitialWeight
{
    Zero,
    One,

    /// <summary>Normal with standard deviation 0.02: small enough that the residual stream begins near the blocks' output.</summary>
    SmallNormal,

    /// <summary>Normal with standard deviation 1.</summary>
    UnitNormal,

    /// <summary>Uniform with variance 1/fan-in: keeps activations' variance through linear layers and convolutions.</summary>
    FanIn,

    /// <summary>Uniform with variance 2/fan-in, for layers followed by ReLU, which halves the variance.</summary>
    FanInRelu,

    /// <summary>
    /// Uniform with variance 2/(fan-in + fan-out), for the two dimensions of a linear and a convolution's channels times its window.
    /// </summary>
    Xavier,
}
