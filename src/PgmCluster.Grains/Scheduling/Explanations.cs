namespace PgmCluster.Grains.Scheduling;

/// <summary>
/// Why what waits does, made when somebody asks and kept for all who ask until the next plan: all of the queue is looked at for it, which a
/// plan itself need not do.
/// </summary>
/// <param name="make">Makes a plan with reasons.</param>
/// <param name="isLong">The queue is so long that it is made anew only after twenty times as long as it took.</param>
/// <param name="time">Measures that.</param>
internal sealed class Explanations(Func<PlacementPlan> make, Func<bool> isLong, TimeProvider time)
{
    private PlacementPlan? _known;
    private bool _isOutdated;
    private long _made;
    private TimeSpan _took;

    public PlacementPlan Present
    {
        get
        {
            if (_known is { } known && (!_isOutdated || (isLong() && time.GetElapsedTime(_made) < 20 * _took))) return known;
            var begun = time.GetTimestamp();
            _known = make();
            (_isOutdated, _made, _took) = (false, time.GetTimestamp(), time.GetElapsedTime(begun));
            return _known;
        }
    }

    /// <summary>A plan was made since.</summary>
    public void Outdate() => _isOutdated = true;
}
