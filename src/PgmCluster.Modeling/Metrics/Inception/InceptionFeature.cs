namespace PgmCluster.Modeling.Metrics.Inception;

/// <summary>Outputs of <see cref="InceptionNetwork"/>, in the order in which the network reaches them.</summary>
public enum InceptionFeature
{
    /// <summary>64 channels behind the first pool, averaged over the map.</summary>
    Pool64,

    /// <summary>192 channels behind the second pool, averaged over the map.</summary>
    Pool192,

    /// <summary>768 channels behind Mixed_6e, averaged over the map.</summary>
    Pool768,

    /// <summary>2048 channels of the last block, averaged over the map: the features of FID, precision and recall.</summary>
    Pool2048,

    /// <summary>1008 class logits without the bias: those of the Inception score.</summary>
    LogitsUnbiased,

    /// <summary>1008 class logits.</summary>
    Logits,
}
