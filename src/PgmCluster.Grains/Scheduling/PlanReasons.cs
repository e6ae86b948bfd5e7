namespace PgmCluster.Grains.Scheduling;

/// <summary>Why what waits does, while a plan is made; nothing where nobody asked.</summary>
/// <param name="isAsked">Somebody did.</param>
/// <param name="seats">The devices as they are at present.</param>
/// <param name="before">What waits and had its turn before.</param>
/// <param name="devicesOf">Devices that a user has.</param>
internal sealed class PlanReasons(
    bool isAsked, IReadOnlyList<DeviceSeat> seats, IReadOnlyList<DeviceClaim> before, Func<string, int> devicesOf)
{
    private readonly Dictionary<string, string> _reasons = [];

    /// <summary>What is said of the devices is the same for all that are alike, until a plan has an effect on one.</summary>
    private readonly Dictionary<(string? Numerics, int Needs, long Priority, int Effects), (string Text, bool IsAll)> _ofDevices = [];

    public IReadOnlyDictionary<string, string> All => _reasons;

    public void Say(DeviceClaim claim, Func<string> reason)
    {
        if (isAsked) _reasons[claim.Work.WorkId] = reason();
    }

    /// <param name="claim">It gets nothing at present.</param>
    /// <param name="isLikeOthers">No device is held for it.</param>
    /// <param name="effects">Of the plan so far.</param>
    public void Waits(DeviceClaim claim, bool isLikeOthers, int effects)
    {
        if (!isAsked) return;
        var key = (claim.Work.Numerics, claim.Work.MinWorkers, claim.Priority, effects);
        if (!isLikeOthers || claim.IsOverdue || !_ofDevices.TryGetValue(key, out var devices))
        {
            devices = WaitingReasons.OfDevices(claim, seats);
            if (isLikeOthers && !claim.IsOverdue) _ofDevices[key] = devices;
        }
        _reasons[claim.Work.WorkId] = WaitingReasons.With(devices, claim, before, devicesOf);
    }

    /// <param name="claim">It runs with fewer devices than it should.</param>
    public void Lacks(DeviceClaim claim) => Say(claim, () =>
        $"runs with {claim.Have} of at least {claim.Work.MinWorkers} devices: "
        + WaitingReasons.With(WaitingReasons.OfDevices(claim, seats), claim, before, devicesOf));
}
