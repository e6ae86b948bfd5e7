using PgmCluster.Execution.Devices;

namespace PgmCluster.Execution.Speed;

/// <summary>How often and with which batches is measured.</summary>
public sealed record SpeedProtocol
{
    /// <summary>The public code's, for GPUs: batch 1 (latency) and 32 (throughput), 12 runs of which the first 2 are dropped.</summary>
    public static readonly SpeedProtocol Gpu = new() { Batches = [1, 32], Runs = 12, Dropped = 2 };

    /// <summary>For CPUs, where one run of a full-size model takes minutes.</summary>
    public static readonly SpeedProtocol Cpu = new() { Batches = [1, 2], Runs = 3, Dropped = 1 };

    public required IReadOnlyList<int> Batches { get; init; }

    /// <summary>Runs of each subject per batch size; the subjects take turns.</summary>
    public required int Runs { get; init; }

    /// <summary>So many first runs do not count.</summary>
    public required int Dropped { get; init; }

    /// <summary>Cores to use: one operator over all of them for a single image, an image or more for each otherwise.</summary>
    public int Cores { get; init; } = MachineLimits.Current.Cores;

    /// <summary>Every problem at once, one line each; empty if there is none.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        if (Batches.Count == 0 || Batches.Any(b => b < 1))
            problems.Add($"batches = {string.Join(',', Batches)}: must be one or more numbers of at least 1.");
        if (Runs < 1) problems.Add($"runs = {Runs}: must be at least 1.");
        if (Dropped < 0 || Dropped >= Runs) problems.Add($"dropped = {Dropped}: must be at least 0 and below runs = {Runs}.");
        if (Cores < 1) problems.Add($"cores = {Cores}: must be at least 1.");
        return problems;
    }
}
