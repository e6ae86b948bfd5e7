namespace PgmCluster.Execution.Estimates;

/// <summary>Something that takes time.</summary>
/// <param name="Work">In the rate's unit.</param>
/// <param name="Rate">How fast it goes.</param>
/// <param name="Sharing">What further devices change.</param>
public sealed record EstimatePart(double Work, EstimateRate Rate, EstimateSharing Sharing)
{
    /// <summary>How long it takes, in seconds.</summary>
    public double Seconds(int devices) => Work / Rate.PerSecond * Sharing switch
    {
        EstimateSharing.Divided => 1.0 / devices,
        EstimateSharing.BetweenDevices => (devices - 1.0) / devices,
        _ => 1,
    };
}
