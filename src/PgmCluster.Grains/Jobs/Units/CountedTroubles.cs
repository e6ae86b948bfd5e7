using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Jobs.Units;

/// <summary>
/// Which losses and faults of a piece of work are counted already, under its present generation. A gang goes on under it, so that the same
/// report may come again where its sender had no answer in time, and of a process that dies each device is reported. Kept in memory: an
/// owner that has moved meanwhile may count one twice.
/// </summary>
internal sealed class CountedTroubles
{
    private readonly HashSet<long> _faults = [];

    /// <summary>For the life of a process, the last lease of each of its workers that was lost.</summary>
    private readonly Dictionary<string, Dictionary<string, long>> _losses = [];
    private long _generation;

    /// <summary>Whether a loss or fault is to be counted; taken for counted from then on.</summary>
    public bool IsNew(WorkReport report)
    {
        if (report.Generation != _generation)
        {
            _faults.Clear();
            _losses.Clear();
        }
        _generation = report.Generation;
        return report switch
        {
            { State: WorkState.Faulted, Lease: > 0 } => _faults.Add(report.Lease),
            { State: WorkState.Lost, Process: { } process } => IsNewLoss(process, report.Worker ?? "", report.Lease),
            _ => true,
        };
    }

    /// <remarks>A process that was only silent lives on, and may be lost again with a later lease.</remarks>
    private bool IsNewLoss(string process, string worker, long lease)
    {
        if (_losses.TryGetValue(process, out var known) && !(known.TryGetValue(worker, out var last) && last < lease))
        {
            known.TryAdd(worker, lease);
            return false;
        }
        _losses[process] = new Dictionary<string, long> { [worker] = lease };
        return true;
    }
}
