using PgmCluster.Execution.Wire.Judging;

namespace PgmCluster.Execution.Tests.Gangs;

public class PeerJudgementTests
{
    private static readonly GangOptions Options = new()
    {
        PeerTimeout = TimeSpan.FromSeconds(10),
        LeastPeerTimeout = TimeSpan.FromSeconds(10),
        HungFloor = TimeSpan.FromSeconds(60),
    };

    private readonly HandTime _time = new();
    private readonly PeerJudgement _judgement;

    public PeerJudgementTests() => _judgement = Judgement(Options);

    [Fact]
    public void IsLost_WordsHaveComeThatAreUnread_OnlyTheLongestLimitCounts()
    {
        var judgement = Judgement(Options with { LeastPeerTimeout = TimeSpan.FromSeconds(2) });
        LookFor(PeerPatience.Trial.TotalSeconds, judgement);
        Assert.Equal("was silent for 2.1 s", judgement.LossOf(1, TimeSpan.FromSeconds(2.1), hasUnread: false, judgeHung: true));
        Assert.Null(judgement.LossOf(1, TimeSpan.FromSeconds(2.1), hasUnread: true, judgeHung: true));
        LookFor(10, judgement);
        Assert.Equal("was silent for 10.1 s", judgement.LossOf(1, TimeSpan.FromSeconds(10.1), hasUnread: true, judgeHung: true));
    }

    [Fact]
    public void IsLost_SilentWhileThisProcessLooks_IsLostAfterTheTimeout()
    {
        _judgement.Watch();
        LookFor(9.9);
        Assert.False(IsLost(silentFor: 9.9));
        LookFor(0.2);
        Assert.Equal("was silent for 10.1 s", LossOf(silentFor: 10.1));
    }

    /// <summary>A process that was stopped finds what its peers have sent meanwhile unread.</summary>
    [Theory]
    [InlineData(20)]
    [InlineData(3600)]
    public void IsLost_ThisProcessStoodStill_IsJudgedAnewFromThenOn(double seconds)
    {
        _judgement.Watch();
        LookFor(5);
        _time.Pass(seconds);
        _judgement.Look();
        Assert.False(IsLost(silentFor: seconds + 5));
        LookFor(9.9);
        Assert.False(IsLost(silentFor: seconds + 14.9));
        LookFor(0.2);
        Assert.True(IsLost(silentFor: seconds + 15.1));
    }

    [Fact]
    public void IsLost_ThisProcessStoodStillBeforeItWaits_IsJudgedFromTheWaitOn()
    {
        _time.Pass(3600);
        _judgement.Watch();
        _judgement.Look();
        Assert.False(IsLost(silentFor: 3600));
    }

    [Fact]
    public void IsLost_DeviceComputesTooLong_IsHung_ButNotByTimeInWhichThisProcessStoodStill()
    {
        _judgement.Watch();
        _judgement.Heartbeat(1, isComputing: true);
        LookFor(50);
        _time.Pass(600);
        LookFor(59.9);
        Assert.False(IsLost(silentFor: 0));
        LookFor(0.3);
        Assert.Equal("has computed on one step for over 60 s", LossOf(silentFor: 0));
    }

    /// <summary>What it waits for decides whether a peer may be hung; the text is of what was judged.</summary>
    [Fact]
    public void LossOf_HungAndSilentWhereItMayComputeLong_SaysThatItWasSilent()
    {
        _judgement.Watch();
        _judgement.Heartbeat(1, isComputing: true);
        LookFor(61);
        Assert.Null(_judgement.LossOf(1, TimeSpan.Zero, hasUnread: false, judgeHung: false));
        Assert.Equal("was silent for 61.0 s", _judgement.LossOf(1, TimeSpan.FromSeconds(61), hasUnread: false, judgeHung: false));
    }

    private string? LossOf(double silentFor) => _judgement.LossOf(1, TimeSpan.FromSeconds(silentFor), hasUnread: false, judgeHung: true);

    private bool IsLost(double silentFor) => LossOf(silentFor) is not null;

    private PeerJudgement Judgement(GangOptions options)
    {
        var standstill = new OwnStandstill(options.Heartbeat, _time);
        PeerPatience[] patience = [new PeerPatience(options, standstill, _time), new PeerPatience(options, standstill, _time)];
        foreach (var peer in patience) peer.Connected();
        return new(options, patience, _time);
    }

    /// <summary>Ten looks a second, as a wait takes them.</summary>
    private void LookFor(double seconds, PeerJudgement? judgement = null)
    {
        for (var left = (int)Math.Round(seconds * 10); left > 0; left--)
        {
            _time.Pass(0.1);
            (judgement ?? _judgement).Look();
        }
    }

    private sealed class HandTime : TimeProvider
    {
        private long _ticks = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Pass(double seconds) => _ticks += (long)(seconds * TimeSpan.TicksPerSecond);
    }
}
