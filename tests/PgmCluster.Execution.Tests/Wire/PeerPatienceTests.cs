using Microsoft.Extensions.Time.Testing;
using PgmCluster.Execution.Wire.Judging;
using PgmCluster.TestSupport;

namespace PgmCluster.Execution.Tests.Wire;

public class PeerPatienceTests
{
    private static readonly GangOptions s_options = new();

    private readonly FakeTimeProvider _time = new();
    private readonly PeerPatience _patience;

    private readonly OwnStandstill _standstill;

    public PeerPatienceTests()
    {
        _standstill = new OwnStandstill(s_options.Heartbeat, _time);
        (_patience = new PeerPatience(s_options, _standstill, _time)).Connected();
    }

    [Fact]
    public void Limit_OfAPeerThatIsNew_IsTheLongest()
    {
        Assert.Equal(10, Limit);
        _time.Advance(PeerPatience.Trial - TimeSpan.FromTicks(1));
        Assert.Equal(10, Limit);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(2, Limit);
    }

    /// <summary>Connecting may take as long as the trial.</summary>
    [Fact]
    public void Limit_OfAPeerThatIsConnectedLate_IsTheLongestFromThenOn_AndNotAgainWhereItMeetsAgain()
    {
        var patience = new PeerPatience(s_options, _standstill, _time);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(10, patience.Limit.TotalSeconds);
        patience.Connected();
        _time.Advance(PeerPatience.Trial - TimeSpan.FromTicks(1));
        Assert.Equal(10, patience.Limit.TotalSeconds);
        _time.Advance(TimeSpan.FromTicks(1));
        patience.Connected();
        Assert.Equal(2, patience.Limit.TotalSeconds);
    }

    [Fact]
    public void Limit_OfAPeerThatIsHeardInTime_IsAFewHeartbeats()
    {
        for (var i = 0; i < 100; i++)
        {
            Pass(s_options.Heartbeat);
            _patience.Heard(s_options.Heartbeat);
        }
        Assert.Equal(2, Limit);
    }

    [Fact]
    public void Limit_OfAPeerThatWasLate_IsLongerAndForgotten()
    {
        Known();
        _patience.Heard(s_options.Heartbeat + TimeSpan.FromSeconds(1));
        Assert.Equal(6, Limit);
        _patience.Heard(s_options.Heartbeat + TimeSpan.FromSeconds(0.5));
        Assert.Equal(6, Limit);
        Pass(PeerPatience.HalfLife);
        Assert.Equal(4, Limit);
        _patience.Heard(s_options.Heartbeat + TimeSpan.FromSeconds(0.75));
        Assert.Equal(5, Limit);
    }

    /// <summary>On a machine that gets busier and busier no word comes later than is borne by then.</summary>
    [Fact]
    public void Limit_OfAPeerThatIsLaterEachTime_IsAlwaysLongerThanItsNextSilence()
    {
        Known();
        foreach (var silence in new[] { 0.6, 1.0, 1.5, 2.5, 4, 6, 8, 9.9, 9.9 })
        {
            Assert.True(silence < Limit, $"A silence of {silence} s is longer than {Limit} s.");
            Pass(TimeSpan.FromSeconds(silence));
            _patience.Heard(TimeSpan.FromSeconds(silence));
        }
        Assert.Equal(10, Limit);
    }

    [Fact]
    public void Limit_AfterAVeryLongSilence_IsNotLongForEver()
    {
        Known();
        _patience.Heard(TimeSpan.FromHours(1));
        Assert.Equal(10, Limit);
        Pass(2 * PeerPatience.HalfLife);
        Assert.Equal(4, Limit);
    }

    [Fact]
    public void Limit_WhereTheLongestIsShorterThanAFewHeartbeats_IsThat()
    {
        var patience = new PeerPatience(s_options with { PeerTimeout = TimeSpan.FromSeconds(1) }, _standstill, _time);
        patience.Connected();
        Known();
        Assert.Equal(1, patience.Limit.TotalSeconds);
    }

    private double Limit => Math.Round(_patience.Limit.TotalSeconds, 6);

    /// <summary>One that hangs, is left out, comes back and hangs again is not waited for until the longest limit.</summary>
    [Fact]
    public void Limit_OfAPeerThatWasGivenUp_IsHalfAsLongAgain_EachTime()
    {
        Known();
        _patience.GivenUp(TimeSpan.FromSeconds(2));
        Assert.Equal(3, Limit);
        _patience.GivenUp(TimeSpan.FromSeconds(3));
        Assert.Equal(4.5, Limit);
        foreach (var silence in new[] { 4.5, 6.75, 10.0 }) _patience.GivenUp(TimeSpan.FromSeconds(silence));
        Assert.Equal(10, Limit);
    }

    /// <summary>A process that was stopped for a while finds what its peers said unread: they were not late.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Limit_AfterThisProcessStoodStill_IsAsBefore(bool cameByFirst)
    {
        Known();
        _time.Advance(TimeSpan.FromSeconds(6));
        if (cameByFirst) _standstill.ComeBy();
        _patience.Heard(TimeSpan.FromSeconds(6));
        Assert.Equal(2, Limit);
        // Nor does it excuse who is late afterwards.
        Pass(TimeSpan.FromSeconds(3));
        _patience.Heard(TimeSpan.FromSeconds(1.5));
        Assert.Equal(6, Limit);
    }

    private void Known() => Pass(PeerPatience.Trial);

    /// <summary>Time goes by while this process gets on.</summary>
    private void Pass(TimeSpan span)
    {
        for (var left = span; left > TimeSpan.Zero; left -= s_options.Heartbeat)
        {
            _time.Advance(left < s_options.Heartbeat ? left : s_options.Heartbeat);
            _standstill.ComeBy();
        }
    }
}
