using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Grains.Scheduling;

/// <summary>A device while a plan is made.</summary>
internal sealed class DeviceSeat(PlannedDevice device, DeviceLease? lease)
{
    public string Worker => device.Worker;

    public string Numerics => device.Numerics;

    public string? Problem => device.Problem;

    public DeviceLease? Lease => lease;

    public bool IsFree { get; set; } = device.Ready && lease is null;

    /// <summary>Its work was told to stop: it will be free.</summary>
    public bool IsComing { get; set; } = lease is { Stopping: true };

    /// <summary>For whom an earlier plan held it.</summary>
    public DeviceClaim? Reserved { get; set; }

    /// <summary>For whom this plan holds it.</summary>
    public DeviceClaim? Held { get; set; }

    /// <summary>It is held beyond this plan.</summary>
    public bool IsFirm { get; set; }

    /// <summary>That it is.</summary>
    public DeviceReservation Reservation => new() { Worker = Worker, WorkId = Held!.Work.WorkId };

    /// <summary>The claim may have it when it is free.</summary>
    public bool IsOpenTo(DeviceClaim claim) =>
        claim.Fits(this) && (Held is null || Held == claim) && (Reserved is null || Reserved == claim || claim.Outranks(Reserved));
}
