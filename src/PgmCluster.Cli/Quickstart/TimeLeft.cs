using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Cli.Quickstart;

/// <summary>
/// Estimates how long a row of stages has still to run: the present one by the rate that it reports, later ones by what they cost beside
/// those that were measured on this machine. Stages that cost little measure nothing: what they take is mostly not the machine's rate.
/// </summary>
/// <param name="costs">The stages in order, with what they cost beside each other.</param>
/// <param name="time">Measures the present stage.</param>
internal sealed class TimeLeft(IReadOnlyList<(string Stage, double Cost)> costs, TimeProvider time)
{
    /// <summary>Share of the whole cost from which on a stage measures the machine.</summary>
    private const double MeasuringShare = 0.04;

    private readonly double _measuringCost = MeasuringShare * costs.Sum(c => c.Cost);
    private int _done;
    private (double Cost, double Seconds) _measured;
    private double _secondsBefore;
    private long _begun;
    private JobProgress _progress = new();

    /// <summary>The next stage begins.</summary>
    /// <param name="seconds">What earlier starts of the program spent on it.</param>
    public void Begin(double seconds)
    {
        (_secondsBefore, _begun, _progress) = (seconds, time.GetTimestamp(), new());
    }

    /// <summary>The present stage says how far it is.</summary>
    public void Report(JobProgress progress) => _progress = progress;

    /// <summary>The present stage has ended.</summary>
    /// <param name="seconds">What it took in all.</param>
    public void End(double seconds)
    {
        var cost = costs[_done].Cost;
        if (cost >= _measuringCost) _measured = (_measured.Cost + cost, _measured.Seconds + seconds);
        _done++;
        Begin(0);
    }

    /// <summary>The estimate; null while nothing was measured, and when all is done.</summary>
    public TimeSpan? Left
    {
        get
        {
            if (_done >= costs.Count) return null;
            var cost = costs[_done].Cost;
            var elapsed = _secondsBefore + time.GetElapsedTime(_begun).TotalSeconds;
            double? byRate = _progress is { UnitsPerSecond: > 0 and var rate } p && p.Total > p.Done ? (p.Total - p.Done) / rate : null;
            var measured = _measured;
            if (byRate is { } rest && cost >= _measuringCost) measured = (measured.Cost + cost, measured.Seconds + elapsed + rest);
            if (measured.Cost <= 0) return null;
            var pace = measured.Seconds / measured.Cost;
            var present = byRate ?? Math.Max(0, cost * pace - elapsed);
            return TimeSpan.FromSeconds(present + pace * costs.Skip(_done + 1).Sum(c => c.Cost));
        }
    }
}
