using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Documents;

namespace PgmCluster.Execution.Doctor.Measurement;

/// <summary>How fast a device is, to be attached to a report as JSON (<see cref="Work.WorkJson"/>).</summary>
public sealed record DeviceReport
{
    /// <summary>When it was begun, UTC.</summary>
    public required DateTimeOffset MeasuredAt { get; init; }

    public required MachineFacts Machine { get; init; }

    /// <summary>Name, kind, lanes, and what the driver says of a GPU.</summary>
    public required ComputeDevice Device { get; init; }

    /// <summary>Square matrix products, one result per type.</summary>
    public required IReadOnlyList<ProductRate> Products { get; init; }

    /// <summary>Copies between the host's memory and the device's; on a CPU within its own.</summary>
    public required IReadOnlyList<CopyRate> Copies { get; init; }

    /// <summary>Training of PGM, then of MaskGIT.</summary>
    public required IReadOnlyList<TrainingRate> Training { get; init; }

    /// <summary>Batches of <see cref="Sampling"/>: runs of each, and how many first ones were dropped.</summary>
    public required Speed.SpeedProtocol Protocol { get; init; }

    /// <summary>How tokens were drawn.</summary>
    public required Specifications.SamplerSettings Sampler { get; init; }

    /// <summary>PGM and MaskGIT in turns, by the public code's protocol: batch 1 is latency, the larger one throughput.</summary>
    public required IReadOnlyList<SpeedResult> Sampling { get; init; }

    /// <summary>
    /// Reads of the device's memory by the host in one run of a sampler, of PGM and of MaskGIT; 0 on a CPU, whose memory is the host's.
    /// </summary>
    public required IReadOnlyList<long> HostReadsPerSample { get; init; }
}
