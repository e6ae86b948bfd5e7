using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Tests.Gangs.Processes;

/// <summary>A gang of 16 processes, with what goes between them counted.</summary>
public sealed class GangProcessesTests : IDisposable
{
    private const int Members = 16, Steps = 5;

    private static readonly Dictionary<string, string> s_settings = new()
    {
        ["training.microBatches"] = "32",
        ["training.batchSize"] = "32",
        ["training.emaDecay"] = "0.9",
    };

    private readonly TestRuns _runs = new();
    private readonly List<MemberProcess> _processes = [];
    private readonly string _work = Path.GetTempFileName();

    [Fact]
    public void Run_OneProcessThenSixteenThenSeventeen_CostsEachItsConnectionsAndOneStateAndHasTheBitsOfARunAlone()
    {
        File.WriteAllText(_work, WorkJson.Write(TestRuns.Work("classifier", Steps, s_settings, run: "gang")));
        using var place = new MeetingPlace("gang");
        for (var i = 0; i <= Members; i++) _processes.Add(new MemberProcess($"worker{i}", _runs.FileOf(""), _work));
        var (first, last) = (_processes[0], _processes[Members]);
        var alone = _runs.Train(TestRuns.Work("classifier", Steps, s_settings, run: "alone"));

        first.Join(place);
        DoSteps(0, 1);
        Grow(_processes[1..Members], place);
        DoSteps(1, 3);
        Assert.Equal(Members, place.Members);
        Grow([last], place);
        DoSteps(3, Steps);

        var outcome = WorkJson.Read<TrainResult>(first.Await("done").Text);
        Assert.Equal(
            (alone.WeightsSha256, alone.EmaSha256, alone.OptimizerSha256, alone.FinalLoss),
            (outcome.WeightsSha256, outcome.EmaSha256, outcome.OptimizerSha256, outcome.FinalLoss));
        Assert.Equal((3, Members + 1), (place.Generations, place.Members));
        AssertCosts([.. _processes.Select(p => (p.LastMeeting, p.Await("done")))]);
        Assert.Equal("", first.Await("step", 1).Text);
        Assert.All([3, Steps], step => Assert.Equal("pgm-gang-heartb", first.Await("step", step).Text));
    }

    public void Dispose()
    {
        foreach (var process in _processes) process.Dispose();
        _runs.Dispose();
        File.Delete(_work);
    }

    /// <summary>One state is as many bytes as the newcomer's parent has sent last.</summary>
    private static void AssertCosts((MemberLine AsSixteen, MemberLine AtTheEnd)[] members)
    {
        var state = members.Sum(m => m.AtTheEnd.StateBytes) / Members;
        var copies = members.Select(m => m.AsSixteen.StateBytes / (double)state).ToArray();
        Assert.All(copies, c => Assert.Contains(c, new double[] { 0, 1, 2 }));
        Assert.Equal(Members - 1, copies.Sum());
        Assert.Equal(Members * (Members - 1) / 2, members.Sum(m => m.AsSixteen.Connections));
        Assert.Equal(members[..Members].Select(m => m.AsSixteen.Connections), members[..Members].Select(m => m.AtTheEnd.Connections));
        Assert.Equal((0, Members), (members[Members].AsSixteen.Connections, members[Members].AtTheEnd.Connections));
    }

    /// <summary>From one step, after which the first was told to go on, to another, which it stands at then.</summary>
    private void DoSteps(int from, int to)
    {
        for (var step = from + 1; step <= to; step++)
        {
            _processes[0].Await("step", step);
            if (step < to || to == Steps) _processes[0].GoOn();
        }
    }

    private void Grow(IReadOnlyList<MemberProcess> newcomers, MeetingPlace place)
    {
        foreach (var newcomer in newcomers) newcomer.Join(place);
        foreach (var newcomer in newcomers) newcomer.Await("meet", -1);
        place.AwaitNewcomers(newcomers.Count);
        _processes[0].WantChange();
        _processes[0].GoOn();
    }
}
