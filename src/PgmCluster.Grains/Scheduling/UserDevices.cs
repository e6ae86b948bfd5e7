using PgmCluster.Contracts.Errors;
using PgmCluster.Grains.Options;
using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Grains.Scheduling;

/// <summary>Devices that users have while a plan is made, and how many more they may have.</summary>
internal sealed class UserDevices
{
    private readonly UserQuotas _quotas;
    private readonly Dictionary<string, int> _has = [];

    /// <summary>Held, or being freed, in this plan.</summary>
    private readonly Dictionary<string, int> _promised = [];

    /// <param name="leases">Those that are being stopped count no more.</param>
    /// <param name="quotas">What users may have.</param>
    public UserDevices(IEnumerable<DeviceLease> leases, UserQuotas quotas)
    {
        _quotas = quotas;
        foreach (var lease in leases.Where(l => !l.Stopping)) Add(lease.User, 1);
    }

    public int Of(string user) => _has.GetValueOrDefault(user);

    public void Add(string user, int count) => _has[user] = Of(user) + count;

    /// <summary>A device is held for a user, or is being freed for one.</summary>
    public void Promise(string user) => _promised[user] = _promised.GetValueOrDefault(user) + 1;

    /// <summary>Whether a user may have so many more.</summary>
    public bool Allows(string user, int count) => count <= Room(user);

    /// <summary>How many more a user may have.</summary>
    public int Room(string user) => _quotas.Of(user).Devices is { } most
        ? Math.Max(0, most - Of(user) - _promised.GetValueOrDefault(user))
        : int.MaxValue;

    /// <summary>Why work gets no device although there may be one.</summary>
    public string Reason(DeviceClaim claim)
    {
        var most = _quotas.Of(claim.User).Devices;
        var name = claim.User.Length == 0 ? "those who gave no name" : ForeignText.Of(claim.User);
        return claim.Work.MinWorkers > most
            ? $"quota of {name}: {Count(most)}, and it needs {claim.Work.MinWorkers} at once: start it with fewer workers, or raise the "
                + "quota"
            : $"quota of {name}: {Count(most)}, {Of(claim.User)} in use";
    }

    private static string Count(int? devices) => $"{devices} device{(devices == 1 ? "" : "s")}";
}
