using PgmCluster.Contracts.Devices;

namespace PgmCluster.Grains.Scheduling.Roster;

/// <summary>A device as the scheduler knows it. Of what it does the scheduler may know more than its silo's last heartbeat said.</summary>
internal sealed class RosterDevice
{
    private DeviceInfo _said = null!;

    /// <summary>Until it is heard again it is given nothing.</summary>
    private DateTimeOffset? _outSince;

    /// <summary>When it last told the scheduler that it is free: what was said before says nothing of what it does.</summary>
    private DateTimeOffset _endedAt;

    /// <summary>What it ended then, unless it was given something since: a heartbeat from before may have been heard after it.</summary>
    private string? _ended;

    public DeviceInfo Info => _said.Work is { } work && (LastSeen <= _endedAt || work == _ended) ? _said with { Work = null } : _said;

    public string Worker => _said.Worker;

    public DateTimeOffset LastSeen { get; private set; }

    /// <summary>Nothing else is known that keeps it from computing.</summary>
    public bool IsIdle => _outSince is null && Info is { Work: null, Problem: null };

    /// <summary>When it last spoke for itself, as those of older silos do; what a silo said before is out of date.</summary>
    public DateTimeOffset AnnouncedAt { get; private set; }

    public void Says(DeviceInfo info) => _said = info;

    public void Announced(DateTimeOffset now)
    {
        AnnouncedAt = now;
        Heard(now);
    }

    public void Heard(DateTimeOffset at)
    {
        if (at > LastSeen) LastSeen = at;
        if (_outSince < at) _outSince = null;
    }

    /// <summary>It has told the scheduler that it is free of the work.</summary>
    public void Ended(string workId, DateTimeOffset now) => (_ended, _endedAt) = (workId, now);

    /// <summary>It is given something.</summary>
    public void Given() => _ended = null;

    /// <summary>It refused, or does not answer.</summary>
    public void PutOut(DateTimeOffset now) => _outSince = now;
}
