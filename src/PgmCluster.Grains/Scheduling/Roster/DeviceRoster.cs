using PgmCluster.Contracts.Devices;
using PgmCluster.Grains.Leases;
using PgmCluster.Grains.Placement;

namespace PgmCluster.Grains.Scheduling.Roster;

/// <summary>The cluster's devices as the scheduler last heard of them. Times are by its clock.</summary>
internal sealed class DeviceRoster
{
    private readonly SortedDictionary<string, RosterDevice> _devices = new(StringComparer.Ordinal);

    /// <summary>Workers of silos that send heartbeats.</summary>
    private readonly Dictionary<string, HashSet<string>> _workersOf = [];

    /// <summary>What was heard last; null where all has to be heard.</summary>
    public LeaseReading? Reading { get; private set; }

    /// <summary>In the order of their names.</summary>
    public IReadOnlyCollection<RosterDevice> All => _devices.Values;

    public RosterDevice? Find(string worker) => _devices.GetValueOrDefault(worker);

    /// <summary>Takes what silos said.</summary>
    /// <returns>The devices of which something was heard.</returns>
    public IReadOnlyList<RosterDevice> Take(LeaseNews news, DateTimeOffset now)
    {
        Reading = news.Reading;
        var heard = new List<RosterDevice>();
        foreach (var silo in news.Silos)
        {
            if (silo.Devices is { } devices) Replace(silo.SiloName, devices, now - silo.Ago);
            else if (!_workersOf.ContainsKey(silo.SiloName)) Reading = null;
            foreach (var worker in _workersOf.GetValueOrDefault(silo.SiloName) ?? [])
            {
                _devices[worker].Heard(now - silo.Ago);
                heard.Add(_devices[worker]);
            }
        }
        return heard;
    }

    /// <summary>Takes what a device of an older silo says of itself.</summary>
    public RosterDevice Announced(DeviceInfo info, DateTimeOffset now)
    {
        var device = Put(info);
        device.Announced(now);
        // Where its silo sends heartbeats too, these count.
        if (_workersOf.ContainsKey(WorkerKey.SiloOf(info.Worker))) Reading = null;
        return device;
    }

    /// <summary>Forgets the devices of silos that are no members any more.</summary>
    public void ForgetSilosBut(IReadOnlySet<string> active)
    {
        foreach (var worker in _devices.Keys.Where(w => !active.Contains(WorkerKey.SiloOf(w))).ToList()) _devices.Remove(worker);
        foreach (var silo in _workersOf.Keys.Where(s => !active.Contains(s)).ToList()) _workersOf.Remove(silo);
    }

    private void Replace(string silo, IReadOnlyList<DeviceInfo> devices, DateTimeOffset at)
    {
        var present = devices.Select(d => d.Worker).ToHashSet();
        // As where an older version has taken the silo's place: its last heartbeat would bring back the life before.
        if (_devices.Values.Any(d => d.AnnouncedAt > at && WorkerKey.SiloOf(d.Worker) == silo))
        {
            Reading = null;
            return;
        }
        foreach (var gone in (_workersOf.GetValueOrDefault(silo) ?? []).Where(w => !present.Contains(w))) _devices.Remove(gone);
        _workersOf[silo] = present;
        foreach (var device in devices) Put(device);
    }

    private RosterDevice Put(DeviceInfo info)
    {
        if (!_devices.TryGetValue(info.Worker, out var device)) _devices[info.Worker] = device = new RosterDevice();
        device.Says(info);
        return device;
    }
}
