namespace PgmCluster.Execution.Specifications;

/// <summary>A preset with its overrides and every default: all that decides a training run's numbers beside the data.</summary>
/// <param name="Kind">"tokenizer", "classifier", "pgm", "pgm-once" or "maskgit".</param>
/// <param name="NeedsTokens">True where the run trains on token shards instead of images.</param>
/// <param name="Json">Canonical JSON.</param>
/// <param name="Sha256">Hash of <paramref name="Json"/>, lower-case hex.</param>
public sealed record ResolvedSpecification(string Kind, bool NeedsTokens, string Json, string Sha256)
{
    /// <summary>V, the leaves of the canonical sum of gradients: so many devices can share the run.</summary>
    public int MicroBatches { get; init; } = 1;

    /// <summary>False where the same run would give other bits each time: gradients are summed by NCCL.</summary>
    public bool IsReproducible { get; init; } = true;

    /// <summary>What <see cref="Devices.ComputeDevice.Numerics"/> of its devices must be; null where any will do.</summary>
    public string? DeviceNumerics { get; init; }
}
