using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Jobs.Units;

/// <summary>
/// Which losses and faults of a piece of work are counted already, under its present generation. A gang goes on under it, so that the same
/// report may come again where its sender had no answer in time, and a process that dies is reported by each of its devices.
/// </summary>
internal sealed class CountedTroubles
{
    private readonly HashSet<string> _counted = [];
    private long _generation;

    /// <summary>Whether a loss or fault is to be counted; taken for counted from then on.</summary>
    public bool IsNew(WorkReport report)
    {
        if (report.Generation != _generation) _counted.Clear();
        _generation = report.Generation;
        return report switch
        {
            { State: WorkState.Faulted, Lease: > 0 } => _counted.Add($"lease {report.Lease}"),
            { State: WorkState.Lost, Process: { } process } => _counted.Add($"process {process}"),
            _ => true,
        };
    }
}
