using PgmCluster.Contracts.Devices;

namespace PgmCluster.Grains.Scheduling.Roster;

/// <summary>A device as the scheduler knows it.</summary>
internal sealed class RosterDevice
{
    /// <summary>Until it is heard again it is given nothing.</summary>
    private DateTimeOffset? _outSince;

    /// <summary>What it has ended since it was given something last: what it says may be older than that.</summary>
    private string? _ended;

    public DeviceInfo Info { get; private set; } = null!;

    public string Worker => Info.Worker;

    public DateTimeOffset LastSeen { get; private set; }

    /// <summary>Nothing else is known that keeps it from computing.</summary>
    public bool IsIdle => _outSince is null && Info is { Work: null, Problem: null };

    public void Says(DeviceInfo info) => Info = info.Work is { } work && work == _ended ? info with { Work = null } : info;

    public void Heard(DateTimeOffset at)
    {
        if (at > LastSeen) LastSeen = at;
        if (_outSince < at) _outSince = null;
    }

    /// <summary>It has told the scheduler that it is free of the work.</summary>
    public void Ended(string workId)
    {
        _ended = workId;
        if (Info.Work == workId) Info = Info with { Work = null };
    }

    /// <summary>It is given something.</summary>
    public void Given() => _ended = null;

    /// <summary>It refused, or does not answer.</summary>
    public void PutOut(DateTimeOffset now) => _outSince = now;
}
