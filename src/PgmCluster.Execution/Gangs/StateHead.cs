using PgmCluster.Execution.Runs;

namespace PgmCluster.Execution.Gangs;

/// <summary>What a member that receives a state is told first.</summary>
internal sealed record StateHead
{
    /// <summary>Steps done.</summary>
    public required long Step { get; init; }

    /// <summary>Bytes of each tensor that follows.</summary>
    public required long[] Lengths { get; init; }

    /// <summary>Metrics of the last steps: whoever keeps the log may have gone before it wrote them.</summary>
    public required StepMetrics[] Metrics { get; init; }
}
