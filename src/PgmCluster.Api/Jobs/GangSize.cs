namespace PgmCluster.Api.Jobs;

/// <summary>How many devices share a training run.</summary>
internal sealed record GangSize
{
    /// <summary>Devices without which it does not start.</summary>
    public required int MinWorkers { get; init; }

    /// <summary>Devices that it may use; at most one for each of its micro-batches.</summary>
    public required int MaxWorkers { get; init; }
}
