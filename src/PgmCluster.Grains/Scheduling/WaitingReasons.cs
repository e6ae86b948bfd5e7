using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Grains.Scheduling;

/// <summary>One line for what waits: what it needs, who has it, and what goes before it.</summary>
internal static class WaitingReasons
{
    /// <summary>What is to be said of the devices.</summary>
    /// <param name="claim">What waits.</param>
    /// <param name="seats">The devices as they are when it had its turn.</param>
    /// <returns>And whether that is all that there is to be said.</returns>
    public static (string Text, bool IsAll) OfDevices(DeviceClaim claim, IReadOnlyList<DeviceSeat> seats)
    {
        if (seats.Count == 0) return ("no device: start a silo with Pgm:Devices=auto", true);
        var fitting = seats.Where(claim.Fits).ToList();
        var needs = claim.Work.MinWorkers;
        if (fitting.Count < needs)
        {
            return (claim.Work.Numerics is { } numerics
                ? $"needs {Devices(needs)} with the numerics it was begun with ({numerics}): "
                    + $"{fitting.Count} of the cluster's {seats.Count} have them. Add such a device"
                : $"needs {Devices(needs)} at once, the cluster has {seats.Count}: add a silo, or start it with fewer workers", true);
        }
        var free = fitting.Count(s => s.IsFree && s.IsOpenTo(claim));
        var parts = new List<string>
        {
            (needs == 1
                ? $"waits for a device: {Devices(fitting.Count)}"
                : $"needs {Devices(needs)} at once: {free} free of {fitting.Count}")
                + (claim.Work.Numerics is null || fitting.Count == seats.Count ? "" : $" with its numerics"),
        };
        var stopping = fitting.Where(s => s.IsComing && s.Held == claim).Select(s => s.Lease!.WorkId).Distinct().ToList();
        if (stopping.Count > 0) parts.Add($"{string.Join(" and ", stopping)} stops for it");
        if (fitting.Where(s => s is { Lease: not null, IsComing: false }).MinBy(s => s.Lease!.Since)?.Lease is { } busy)
            parts.Add($"busy with {busy.WorkId} since {busy.Since:HH:mm:ss} UTC");
        if (fitting.Select(s => s.Held ?? s.Reserved).FirstOrDefault(c => c is not null && c != claim) is { } holder)
            parts.Add(
                $"{fitting.Count(s => (s.Held ?? s.Reserved) == holder)} held for {holder.Work.WorkId}, which "
                + $"{(holder.Priority > claim.Priority ? "has a higher priority" : "waits longer")}");
        if (claim.IsOverdue && fitting.Any(s => s.IsFree && s.Held == claim)) parts.Add("free ones are held for it");
        if (fitting.FirstOrDefault(s => s.Problem is not null) is { Problem: { } problem })
            parts.Add($"{fitting.Count(s => s.Problem is not null)} not usable: {problem}");
        return (string.Join(", ", parts), false);
    }

    /// <summary>The same with what goes before it.</summary>
    /// <param name="devices">What is said of the devices.</param>
    /// <param name="claim">What waits.</param>
    /// <param name="before">What waits and had its turn before it.</param>
    /// <param name="devicesOf">Devices that a user has.</param>
    public static string With(
        (string Text, bool IsAll) devices, DeviceClaim claim, IReadOnlyList<DeviceClaim> before, Func<string, int> devicesOf) =>
        devices.IsAll || before.Count == 0 ? devices.Text : $"{devices.Text}, {before.Count} before it{Why(claim, before[^1], devicesOf)}";

    /// <param name="older">The lease of an older generation for whose end it waits.</param>
    public static string After(DeviceLease older) =>
        $"waits until {older.Worker} has ended generation {older.Generation} of it, which writes the same files: "
        + "where the device never does, restart its silo";

    private static string Why(DeviceClaim claim, DeviceClaim first, Func<string, int> devicesOf)
    {
        if (first.Priority > claim.Priority) return $" ({first.Work.WorkId} has a higher priority)";
        if (first.User == claim.User || first.IsOverdue) return "";
        return devicesOf(first.User) < devicesOf(claim.User)
            ? $" ({Name(claim.User)} has {Devices(devicesOf(claim.User))}, {Name(first.User)} {devicesOf(first.User)})"
            : $" ({Name(claim.User)} used more lately than {Name(first.User)}, or asked later)";
    }

    private static string Devices(int count) => $"{count} device{(count == 1 ? "" : "s")}";

    private static string Name(string user) => user.Length == 0 ? "who gave no name" : $"user {user}";
}
