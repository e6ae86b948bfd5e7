using System.Diagnostics;
using PgmCluster.Data.Hub;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Pulls;

/// <summary>
/// Progress in bytes of several files that are fetched at once. What was there before counts as done, and not for the rate.
/// </summary>
internal sealed class PullProgress
{
    private readonly Lock _gate = new();
    private readonly long[] _here;
    private readonly bool[] _isBegun;
    private readonly Action<WorkProgress> _report;
    private readonly long _total, _begun = Stopwatch.GetTimestamp();
    private long _done, _moved;

    public PullProgress(IReadOnlyList<HubFile> files, Action<WorkProgress> report)
    {
        (_here, _isBegun, _report) = (new long[files.Count], new bool[files.Count], report);
        _total = files.Sum(f => f.Length);
    }

    /// <summary>Takes how many bytes of one file are here.</summary>
    public IProgress<long> Of(int file) => new OneFile(this, file);

    private void Take(int file, long here)
    {
        WorkProgress progress;
        lock (_gate)
        {
            var came = here - _here[file];
            if (_isBegun[file]) _moved += Math.Max(0, came);
            (_isBegun[file], _here[file]) = (true, here);
            _done += came;
            var seconds = Stopwatch.GetElapsedTime(_begun).TotalSeconds;
            progress = new WorkProgress(
                Math.Min(_done, _total), _total, "byte", _moved > 0 && seconds > 0 ? _moved / seconds : null);
        }
        _report(progress);
    }

    private sealed class OneFile(PullProgress all, int file) : IProgress<long>
    {
        public void Report(long value) => all.Take(file, value);
    }
}
