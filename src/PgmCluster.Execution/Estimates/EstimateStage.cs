namespace PgmCluster.Execution.Estimates;

/// <summary>One command of a pipeline.</summary>
/// <param name="Command">As it is typed.</param>
/// <param name="Bytes">What it leaves on the disk.</param>
/// <param name="Parts">What takes its time, one after the other; empty where that is not worth counting.</param>
public sealed record EstimateStage(string Command, double Bytes, IReadOnlyList<EstimatePart> Parts)
{
    /// <summary>Whether every rate in it was measured, or given.</summary>
    public bool IsMeasured => Parts.All(p => p.Rate.IsMeasured);

    /// <summary>How long it takes, in seconds.</summary>
    public double Seconds(int devices) => Parts.Sum(p => p.Seconds(devices));
}
