namespace PgmCluster.Execution.Documents;

/// <summary>What was measured of one subject at one batch size.</summary>
public sealed record SpeedResult
{
    public required string Subject { get; init; }

    public required int Batch { get; init; }

    /// <summary>Seconds of each counted run, in order: tokens only, without the tokenizer's decoder.</summary>
    public required IReadOnlyList<double> Seconds { get; init; }

    public required double MedianSeconds { get; init; }

    public double ImagesPerSecond => Batch / MedianSeconds;

    /// <summary>Counted operations of one image, in 10^9.</summary>
    public required double GigaOperationsPerImage { get; init; }

    /// <summary>Counted operations over measured time, in 10^9 a second.</summary>
    public double GigaOperationsPerSecond => GigaOperationsPerImage * Batch / MedianSeconds;

    /// <summary>Most memory that the process held during the runs, in 10^6 bytes; 0 where the system does not tell.</summary>
    public required double PeakMegabytes { get; init; }
}
