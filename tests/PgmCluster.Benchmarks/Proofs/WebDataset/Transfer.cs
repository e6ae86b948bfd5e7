namespace PgmCluster.Benchmarks.Proofs.WebDataset;

/// <summary>One answer to a request for a file's content.</summary>
/// <param name="File">Which.</param>
/// <param name="From">The first byte that was asked for.</param>
/// <param name="OnDisk">Bytes of the file that lay with the silos then; -1 where all of it did, with its final name.</param>
/// <param name="Mishap">What was done wrong; null for nothing.</param>
internal sealed record Transfer(string File, long From, long OnDisk, string? Mishap)
{
    /// <summary>Bytes of content that were sent.</summary>
    public long Sent { get; set; }

    /// <summary>The most bytes of the file that were seen on the disk from its beginning to its end.</summary>
    public long Seen { get; set; } = Math.Max(0, OnDisk);
}
