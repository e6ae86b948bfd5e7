using System.Net;
using System.Security.Cryptography;
using PgmCluster.Execution.Wire;
using PgmCluster.Execution.Wire.Judging;

namespace PgmCluster.Execution.Tests.Gangs;

/// <summary>The owner of a gang, whose members are here or in other processes: forms a generation whenever all have arrived.</summary>
internal sealed class MeetingPlace : IDisposable
{
    private readonly string _runId;
    private readonly GangOptions _options;
    private readonly TimeProvider _time;
    private readonly List<Member> _members = [];
    private readonly List<Member> _newcomers = [];
    private readonly List<DataPlane> _planes = [];
    private long _generation;

    /// <param name="runId">What is trained.</param>
    /// <param name="options">How members here judge each other; null for <see cref="PatientGang"/>: tests count generations.</param>
    /// <param name="time">By which they do; null for the machine's.</param>
    public MeetingPlace(string runId, GangOptions? options = null, TimeProvider? time = null) =>
        (_runId, _options, _time) = (runId, options ?? PatientGang.Options, time ?? TimeProvider.System);

    /// <summary>Generations formed so far.</summary>
    public long Generations
    {
        get { lock (_members) return _generation; }
    }

    /// <summary>Members of the newest generation, less those that are known to have gone.</summary>
    public int Members
    {
        get { lock (_members) return _members.Count; }
    }

    /// <summary>So many heartbeats every member here has sent at least.</summary>
    public long Heartbeats
    {
        get { lock (_members) return _planes.Min(p => p.Traffic.FramesOf(FrameKind.Heartbeat)); }
    }

    /// <summary>The steps that the generations began with.</summary>
    public List<long> Beginnings { get; } = [];

    /// <summary>A new member; where a gang is at work it is to form again with it.</summary>
    public IGangChannel Add(string worker)
    {
        var plane = new DataPlane(IPAddress.Loopback, options: _options, time: _time);
        lock (_members) _planes.Add(plane);
        return Add(new Member(this, worker, plane.Address, plane));
    }

    /// <summary>The same, of a process that speaks by way of this one and listens itself.</summary>
    public IGangChannel Add(string worker, string address) => Add(new Member(this, worker, address, null));

    private Member Add(Member member)
    {
        lock (_members) (_generation == 0 ? _members : _newcomers).Add(member);
        return member;
    }

    /// <summary>Waits until so many have come to the gang at work.</summary>
    public void AwaitNewcomers(int count)
    {
        lock (_members)
        {
            while (_newcomers.Count(n => n.HasArrived) < count) Monitor.Wait(_members);
        }
    }

    public void Dispose()
    {
        foreach (var plane in _planes) plane.Dispose();
    }

    private GangSeat? Meet(Member member, long step, IReadOnlyList<string> lost)
    {
        lock (_members)
        {
            var since = _generation;
            (member.Step, member.HasArrived) = (step, true);
            _members.RemoveAll(m => lost.Contains(m.Worker) && !m.HasArrived);
            // Whoever comes to a gang at work waits until its members come.
            if (_members.All(m => m.HasArrived)) Form();
            else Monitor.PulseAll(_members);
            while (_generation == since) Monitor.Wait(_members);
            return member.Seat;
        }
    }

    private void Form()
    {
        _members.AddRange(_newcomers.Where(n => n.HasArrived));
        _newcomers.RemoveAll(n => n.HasArrived);
        _generation++;
        var secret = RandomNumberGenerator.GetBytes(32);
        GangPeer[] peers = [.. _members.Select(m => new GangPeer(m.Worker, m.Address, m.Step))];
        for (var rank = 0; rank < peers.Length; rank++)
        {
            _members[rank].Seat = new GangSeat
            {
                RunId = _runId,
                Generation = _generation,
                Secret = secret,
                Rank = rank,
                Peers = peers,
                Begins = peers.All(p => p.Step < 0),
            };
            _members[rank].HasArrived = false;
        }
        Beginnings.Add(peers.Max(p => p.Step));
        Monitor.PulseAll(_members);
    }

    private sealed class Member(MeetingPlace place, string worker, string address, DataPlane? plane) : IGangChannel
    {
        public string Worker => worker;

        public string Address => address;

        public DataPlane DataPlane => plane ?? throw new InvalidOperationException($"{worker} is another process.");

        public long Step { get; set; }

        public bool HasArrived { get; set; }

        public GangSeat? Seat { get; set; }

        public bool IsChangeWanted
        {
            get { lock (place._members) return place._newcomers.Any(n => n.HasArrived); }
        }

        public GangSeat? Meet(long step, IReadOnlyList<string> lost) => place.Meet(this, step, lost);
    }
}
