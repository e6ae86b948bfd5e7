namespace PgmCluster.Modeling.Metrics.Inception;

/// <summary>What a branch of an Inception block does before its convolutions.</summary>
internal enum InceptionPool
{
    None,

    /// <summary>Mean of the 3x3 neighbours inside the map: zeros around it are not counted, as in TensorFlow.</summary>
    Average,

    /// <summary>Maximum of the 3x3 neighbours, the map keeps its size.</summary>
    Maximum,

    /// <summary>Maximum of 3x3 with stride 2.</summary>
    Halving,
}
