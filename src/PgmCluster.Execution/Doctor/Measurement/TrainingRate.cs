namespace PgmCluster.Execution.Doctor.Measurement;

/// <summary>The rate of training steps as a lone member takes them.</summary>
public sealed record TrainingRate
{
    /// <summary>What is trained.</summary>
    public required string Preset { get; init; }

    /// <summary>Elements of all parameters.</summary>
    public required long Parameters { get; init; }

    /// <summary>Examples of a step.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Into which a step is divided: more than the preset's where the device's memory asks for it.</summary>
    public required int MicroBatches { get; init; }

    /// <summary>Blocks are computed again going backward, since memory asks for it.</summary>
    public required bool Recompute { get; init; }

    /// <summary>"float32" or "bfloat16".</summary>
    public required string Precision { get; init; }

    /// <summary>Steps that were timed, behind those that were not.</summary>
    public required int Steps { get; init; }

    /// <summary>One over the median time.</summary>
    public required double StepsPerSecond { get; init; }

    /// <summary>Three times the counted operations of a forward pass, for all examples, in 10^12 a second.</summary>
    public required double TeraflopsPerSecond { get; init; }

    /// <summary><see cref="TeraflopsPerSecond"/> over that of products in the same type.</summary>
    public required double ShareOfProduct { get; init; }

    /// <summary>Reads of the device's memory by the host: one at the end of each step. 0 on a CPU, whose memory is the host's.</summary>
    public required double HostReadsPerStep { get; init; }

    /// <summary>
    /// The most memory, in 10^6 bytes: of a GPU as its driver counts it, all processes together; of a CPU this process'. 0 where the
    /// system does not tell.
    /// </summary>
    public required double PeakMegabytes { get; init; }
}
