using PgmCluster.Grains.Protocol;
using PgmCluster.Grains.Training.Gangs;

namespace PgmCluster.Grains.Tests.Training.Gangs;

public class GangCircleTests
{
    private readonly GangCircle _circle = new(new GangRules());
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Due_AllThatTheGangMayHave_FormsAtOnce()
    {
        Arrive("b");
        Assert.Null(_circle.Due(1, 2, _now));
        Arrive("a");
        Assert.Equal(["a", "b"], _circle.Due(1, 2, _now)!.Select(a => a.Worker));
    }

    [Fact]
    public void Due_FewerThanItMayHave_FormsOnceNobodyElseFollows()
    {
        Arrive("a");
        Pass(0.7);
        Arrive("b");
        Pass(0.7);
        Assert.Null(_circle.Due(2, 4, _now));
        Pass(0.4);
        Assert.Equal(2, _circle.Due(2, 4, _now)!.Count);
    }

    [Fact]
    public void Due_FewerThanItMustHave_WaitsAndThenGoesOnWithWhoIsThere()
    {
        Arrive("a");
        Pass(11);
        Assert.Null(_circle.Due(2, 4, _now));
        Pass(2);
        Assert.Equal(["a"], _circle.Due(2, 4, _now)!.Select(a => a.Worker));
    }

    [Fact]
    public void Due_PeersHaveLostOne_FormsWithoutItAsSoonAsTheyAreThere()
    {
        Form("a", "b", "c");
        Arrive("a", 7, "c");
        Assert.Null(_circle.Due(1, 3, _now));
        Arrive("b", 6, "c");
        Assert.Equal([7L, 6], _circle.Due(1, 3, _now)!.Select(a => a.Step));
    }

    /// <summary>Each has noticed all of them; nobody is waited for.</summary>
    [Theory]
    [InlineData(16, 15)]
    [InlineData(256, 100)]
    public void Due_ManyAreLostAtOnce_FormsInOneRoundWithAllOthers(int members, int lost)
    {
        string[] all = [.. Enumerable.Range(0, members).Select(i => $"w{i:000}")];
        Form(all);
        foreach (var worker in all[lost..])
        {
            Assert.Null(_circle.Due(1, members, _now));
            Arrive(worker, 7, all[..lost]);
        }
        Assert.Equal(all[lost..], _circle.Due(1, members, _now)!.Select(a => a.Worker));
    }

    [Fact]
    public void Due_OneDoesNotComeAndNobodyHasLostIt_IsWaitedForAsLongAsPeersNeedToFindOut()
    {
        Form("a", "b");
        Arrive("a", 7);
        Pass(11);
        Assert.Null(_circle.Due(1, 2, _now));
        Pass(1);
        Assert.Equal(["a"], _circle.Due(1, 2, _now)!.Select(a => a.Worker));
    }

    [Fact]
    public void Due_AccusedComesAllTheSame_BelongsToTheNextGang()
    {
        Form("a", "b");
        Arrive("b", 5);
        Arrive("a", 5, "b");
        Assert.Equal(["a", "b"], _circle.Due(1, 2, _now)!.Select(a => a.Worker));
    }

    [Fact]
    public void Due_SchedulerSaysThatOneIsLost_IsNotWaitedFor()
    {
        Form("a", "b");
        Arrive("a", 5);
        _circle.Ended("b", 0);
        Assert.Equal(["a"], _circle.Due(1, 2, _now)!.Select(a => a.Worker));
    }

    [Fact]
    public void Ended_NewsOfAnEarlierLease_TouchesNobodyWhoHasComeBackSince()
    {
        foreach (var worker in new[] { "a", "b" }) _circle.Arrive(Arrival(worker, -1, 0) with { Lease = 5 }, _now).Calls = 1;
        _circle.Ended("b", 4);
        Enter([.. _circle.Due(1, 2, _now)!]);
        _circle.Ended("a", 4);
        Assert.Equal(["a", "b"], _circle.Known);
        _circle.Ended("a", 5);
        Assert.Equal(["b"], _circle.Known);
        _circle.Ended("b", 0);
        Assert.Empty(_circle.Known);
    }

    [Fact]
    public void IsChangeWanted_SomebodyNewWaits_IsSoAndItWaitsForTheOthersToCome()
    {
        Form("a", "b");
        Arrive("c");
        Assert.True(_circle.IsChangeWanted(3, _now));
        Assert.Null(_circle.Due(1, 3, _now));
        Arrive("a", 9);
        Assert.Null(_circle.Due(1, 3, _now));
        Arrive("b", 9);
        Assert.Equal([9L, 9, -1], _circle.Due(1, 3, _now)!.Select(a => a.Step));
    }

    [Fact]
    public void IsChangeWanted_RoomForMore_WaitsForThoseThatFollow()
    {
        Form("a");
        Arrive("b");
        Assert.False(_circle.IsChangeWanted(4, _now));
        Pass(1);
        Assert.True(_circle.IsChangeWanted(4, _now));
        Assert.False(_circle.IsChangeWanted(1, _now));
    }

    [Fact]
    public void Due_WhoStoppedAsking_IsLeftOut()
    {
        Form("a");
        var gone = Ask("gone");
        gone.LastAnswered = _now;
        Pass(4);
        Arrive("a", 3);
        Assert.Equal(["a"], _circle.Due(1, 3, _now)!.Select(a => a.Worker));
    }

    [Fact]
    public void Due_AllMembersSilentForLong_ThoseWhoWaitBegin()
    {
        Form("a", "b");
        Pass(20);
        Arrive("c");
        Pass(1);
        Arrive("c");
        Assert.Null(_circle.Due(1, 3, _now));
        Pass(10);
        Arrive("c");
        Assert.Equal(["c"], _circle.Due(1, 3, _now)!.Select(a => a.Worker));
    }

    [Fact]
    public void HasSeat_AnswerWasLost_IsAnsweredAgainButNotAfterTheGangBroke()
    {
        Form("a", "b");
        Assert.True(_circle.HasSeat(Arrival("a", -1, 0)));
        Assert.False(_circle.HasSeat(Arrival("a", 4, 1)));
        Assert.False(_circle.HasSeat(Arrival("a", -1, 0) with { Incarnation = "another" }));
    }

    [Fact]
    public void Arrive_WorkerThatStartedAnew_ReplacesTheOneThatDied()
    {
        Form("a", "b");
        _circle.Arrive(Arrival("b", -1, 0) with { Incarnation = "another" }, _now);
        Arrive("a", 8, "b");
        Assert.Equal([("a", 8L), ("b", -1L)], _circle.Due(1, 2, _now)!.Select(a => (a.Worker, a.Step)));
    }

    [Fact]
    public void Arrive_NewPlacement_ForgetsTheOldOne()
    {
        Form("a", "b");
        _circle.Arrive(Arrival("c", -1, 1) with { Generation = 2 }, _now);
        Pass(1);
        _circle.Arrive(Arrival("c", -1, 1) with { Generation = 2 }, _now);
        Assert.Equal(["c"], _circle.Due(1, 2, _now)!.Select(a => a.Worker));
        Assert.Equal(["c"], _circle.Known);
    }

    [Fact]
    public void Due_TwoThatDoNotReachEachOther_OneIsLeftOutForAWhile()
    {
        Form("a", "b", "c");
        for (var breaks = 1; breaks <= 2; breaks++)
        {
            Arrive("a", -1, "c");
            Arrive("b", -1);
            Arrive("c", -1, "a");
            var members = _circle.Due(1, 3, _now)!.Select(a => a.Worker).ToArray();
            Assert.Equal(breaks == 1 ? ["a", "b", "c"] : ["a", "b"], members);
            Form(members);
        }
        Assert.True(_circle.IsBarred("c", _now));
        Pass(61);
        Assert.False(_circle.IsBarred("c", _now));
    }

    [Fact]
    public void Due_BreaksWithStepsBetween_NobodyIsLeftOut()
    {
        Form("a", "b");
        for (var step = 1; step <= 5; step++)
        {
            Arrive("a", step, "b");
            Arrive("b", step, "a");
            var members = _circle.Due(1, 2, _now)!;
            Assert.Equal(2, members.Count);
            Enter([.. members]);
        }
    }

    [Fact]
    public void Enter_AMemberHasEndedSinceTheGangWasChosen_IsNotWaitedFor()
    {
        var chosen = Chosen("a", "b");
        _circle.Ended("b", 0);
        Enter(chosen);
        Arrive("a", 3);
        Assert.Equal(["a"], _circle.Due(1, 2, _now)!.Select(a => a.Worker));
    }

    [Fact]
    public void Enter_AMemberHasStartedAnewSince_WaitsForTheNextGang()
    {
        var chosen = Chosen("a", "b");
        _circle.Arrive(Arrival("b", -1, 0) with { Incarnation = "another" }, _now).Calls = 1;
        Enter(chosen);
        Assert.True(_circle.IsChangeWanted(2, _now));
        Arrive("a", 3);
        Assert.Equal([("a", 3L), ("b", -1L)], _circle.Due(1, 2, _now)!.Select(a => (a.Worker, a.Step)));
    }

    [Fact]
    public void Enter_TheWorkHasANewPlacementSince_ThoseWhoCameForItStay()
    {
        var chosen = Chosen("a", "b");
        foreach (var worker in new[] { "b", "c" })
            _circle.Arrive(Arrival(worker, -1, 0) with { Generation = 2, Incarnation = "another" }, _now).Calls = 1;
        Enter(chosen);
        Assert.Equal(["b", "c"], _circle.Due(1, 2, _now)!.Select(a => a.Worker));
    }

    [Fact]
    public void Enter_AMemberThatWasGoneHasComeBack_Counts()
    {
        Form("a", "b");
        _circle.Ended("b", 0);
        Arrive("b");
        Arrive("a", 3);
        Enter([.. _circle.Due(1, 2, _now)!]);
        Assert.Equal(["a", "b"], _circle.Known);
    }

    private void Pass(double seconds) => _now += TimeSpan.FromSeconds(seconds);

    private void Arrive(string worker, long step = -1, params string[] lost) => Ask(worker, step, lost).Calls = 1;

    private GangGuest Ask(string worker, long step = -1, params string[] lost)
    {
        var isMember = _circle.Current.Members.Any(m => m.Worker == worker);
        return _circle.Arrive(Arrival(worker, step, isMember ? _circle.Current.Generation : 0) with { Lost = lost }, _now);
    }

    private GangArrival[] Chosen(params string[] workers)
    {
        foreach (var worker in workers) Arrive(worker);
        return [.. _circle.Due(1, workers.Length, _now)!];
    }

    private void Form(params string[] workers) => Enter([.. workers.Select(w => Arrival(w, -1, 0))]);

    private void Enter(GangArrival[] members) => _circle.Enter(
        new GangState
        {
            Generation = _circle.Current.Generation + 1,
            Placement = 1,
            Step = members.Max(m => m.Step),
            Members = [.. members.Select(m => new GangStateMember(m.Worker, m.Incarnation, m.Address, m.Step) { Lease = m.Lease })],
        }, _now);

    private static GangArrival Arrival(string worker, long step, long gang) => new()
    {
        WorkId = "run",
        Generation = 1,
        Worker = worker,
        Incarnation = "first",
        GangGeneration = gang,
        Step = step,
        Address = $"{worker}:1",
    };
}
