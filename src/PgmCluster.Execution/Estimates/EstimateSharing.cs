namespace PgmCluster.Execution.Estimates;

/// <summary>What further devices change.</summary>
public enum EstimateSharing
{
    /// <summary>Nothing.</summary>
    Once,

    /// <summary>Each does its share.</summary>
    Divided,

    /// <summary>It is only there because of them: each device sends the others' shares, of n devices (n - 1) / n of all.</summary>
    BetweenDevices,
}
