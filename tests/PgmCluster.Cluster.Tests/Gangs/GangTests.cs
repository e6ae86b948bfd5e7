using System.Diagnostics;
using PgmCluster.Chaos.Runs;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Training;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;
using Xunit.Abstractions;

namespace PgmCluster.Cluster.Tests.Gangs;

/// <summary>A run that several processes share ends with the bits of a run that one did in peace, whatever happens to them.</summary>
[Collection(PostgresCollection.Name)]
public class GangTests(GangFixture fixture, ITestOutputHelper output) : IClassFixture<GangFixture>
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Run_OnSeveralWorkers_GivesTheWeightsOfOne(int workers)
    {
        await fixture.BeginAsync();
        var (run, steps) = await fixture.StartRunAsync(workers, workers);
        await using var _ = steps;
        var details = await fixture.AssertUndisturbedAsync(run, steps);
        // Four processes that start on two cores may lose patience with each other and meet again: that changes no bit.
        Assert.Equal(workers, details.Formations.Max(f => f.Members));
    }

    [Fact]
    public async Task Run_MembersKilledThreeTimes_LosesNoStep()
    {
        await fixture.BeginAsync("c");
        var (run, steps) = await fixture.StartRunAsync(1, 2, leash: 3);
        await using var _ = steps;
        for (var kill = 0; kill < 3; kill++)
        {
            await BothAtWorkAsync(run, steps);
            var victim = kill % 2 == 0 ? "a" : "b";
            await LoseAsync(killed: true, run, steps, victim, [victim]);
            await fixture.StartMissingAsync("c");
        }
        var details = await fixture.AssertUndisturbedAsync(run, steps);
        Assert.True(details.GangGeneration >= 6, $"Only {details.GangGeneration} gangs formed.");
    }

    [Fact]
    public async Task Run_OneThenThreeThenTwoWorkers_LosesNoStep()
    {
        await fixture.BeginAsync("b", "c");
        var (run, steps) = await fixture.StartRunAsync(1, 3, leash: 4);
        await using var _ = steps;
        await run.UntilAsync("one worker does steps", e => e.Progress.Done >= 3);
        await fixture.StartMissingAsync();
        await Until.Holds("three share it", async () => (await run.GetDetails()).Members, members => members.Count == 3);
        var before = steps.Done;
        fixture.LetDo(run, before + 4);
        await run.UntilAsync("three do steps", e => e.Progress.Done >= before + 3);
        fixture.Cluster["a"].Terminate();
        Assert.Equal(0, await fixture.Cluster["a"].WaitForExitAsync());
        var details = await fixture.AssertUndisturbedAsync(run, steps);
        Assert.Contains(details.Formations, f => f.Members == 1);
        Assert.Contains(details.Formations, f => f.Members == 3);
    }

    /// <summary>Asked for while it runs: alone, then shared by three, then alone again.</summary>
    [Fact]
    public async Task Run_ResizedToThreeAndBackToOne_LosesNoStep()
    {
        await fixture.BeginAsync();
        var (run, steps) = await fixture.StartRunAsync(1, 1, leash: 4);
        await using var _ = steps;
        await run.UntilAsync("one worker does steps", e => e.Progress.Done >= 3);
        await run.Resize(1, 3);
        fixture.LetDo(run, 8);
        await Until.Holds("three share it", async () => (await run.GetDetails()).Members, members => members.Count == 3);
        var before = steps.Done;
        fixture.LetDo(run, before + 4);
        await run.UntilAsync("three do steps", e => e.Progress.Done >= before + 3);
        await run.Resize(1, 1);
        var details = await fixture.AssertUndisturbedAsync(run, steps);
        Assert.Contains(details.Formations, f => f.Members == 3);
        Assert.Equal((1, 1), (details.Request.MinWorkers, details.Request.MaxWorkers));
    }

    /// <summary>Its draws of orders and blocks are those of the run, not of whoever makes them.</summary>
    [Fact]
    public async Task Run_OfABlockCausalModel_MemberJoinsAndIsKilled_LosesNoStep()
    {
        await fixture.BeginAsync("b", "c");
        var (run, steps) = await fixture.StartRunAsync(1, 2, leash: 3, await fixture.OfBlockCausalAsync());
        await using var _ = steps;
        await run.UntilAsync("one worker does steps", e => e.Progress.Done >= 2);
        await fixture.StartMissingAsync("c");
        await BothAtWorkAsync(run, steps);
        await LoseAsync(killed: true, run, steps, "b", ["b"]);
        var details = await fixture.AssertUndisturbedAsync(run, steps);
        var members = details.Formations.Select(f => f.Members).ToList();
        Assert.Equal((1, 2, 1), (members[0], members.Max(), members[^1]));
    }

    [Fact]
    public async Task Run_WholeClusterKilled_GoesOnFromItsCheckpoint()
    {
        await fixture.BeginAsync();
        var (run, steps) = await fixture.StartRunAsync(1, 2, leash: 1);
        await using (steps)
        {
            await Until.Holds(
                "a checkpoint is recorded",
                async () =>
                {
                    // One is begun after a step, once it is time for one: long before the thirtieth of sixty, a look for each. There the
                    // run stands until it counts.
                    fixture.LetDo(run, Math.Min(30, steps.Done + 1));
                    return (await run.GetDetails()).DurableStep;
                },
                step => step > 0);
            await fixture.Cluster.KillAllAsync();
            await fixture.StartMissingAsync();
        }
        run = fixture.Grains.GetGrain<ITrainingRunGrain>(run.GetPrimaryKeyString());
        await using var again = new StepObserver(run);
        var details = await fixture.AssertUndisturbedAsync(run, again, allDied: true);
        Assert.Contains(details.Formations, f => f is { Generation: > 1, Step: -1, DurableStep: > 0 });
    }

    [Theory]
    [InlineData("a", "kill:point=exchange,rank=0,step=3")]
    [InlineData("b", "kill:point=commit,rank=1,step=3")]
    [InlineData("a", "kill:point=committed,rank=0,step=3")]
    [InlineData("b", "hang:point=exchange,rank=1,step=12")]
    [InlineData("a", "full:point=checkpoint")]
    [InlineData("a", "fail:point=commit,rank=0,step=3")]
    public async Task Run_FaultInAMember_LosesNoStep(string silo, string fault)
    {
        await fixture.BeginAsync("c");
        var fired = await fixture.RestartWithAsync(silo, fault);
        var hangs = fault.StartsWith("hang:", StringComparison.Ordinal);
        // By default the other one is patient for a minute.
        if (hangs)
            await fixture.RestartAsync(silo == "a" ? "b" : "a", new Dictionary<string, string?> { ["PGM_HUNGAFTER"] = "00:00:06" });
        var (run, steps) = await fixture.StartRunAsync(2, 2, hangs ? 3 : null);
        await using var _ = steps;
        // Long before the step of the fault: the first steps, for which code is compiled, take longest.
        if (hangs) await BothAtWorkAsync(run, steps);
        await fixture.AssertUndisturbedAsync(run, steps);
        Assert.Single(Directory.GetFiles(fired));
    }

    [Fact]
    public async Task Run_BitOfAWeightFlips_StopsAndNamesTheMembersThatDiffer()
    {
        await fixture.BeginAsync("c");
        var fired = await fixture.RestartWithAsync("b", "flip:point=begin,rank=1,step=0");
        var (run, steps) = await fixture.StartRunAsync(2, 2);
        await using var _ = steps;
        var end = await run.UntilAsync("the run is parked", e => e.Phase == JobPhase.Parked);
        Assert.Contains("Comparing the members' weights before step 0: they differ", end.Message);
        Assert.Contains("a/cpu:0", end.Message);
        Assert.Contains("b/cpu:0", end.Message);
        Assert.Single(Directory.GetFiles(fired));
        await run.Cancel();
    }

    [Fact]
    public async Task Run_MemberStopsDead_TheOthersGoOnAfterThePeerTimeout()
    {
        await fixture.BeginAsync("c");
        var (run, steps) = await fixture.StartRunAsync(1, 2, leash: 3);
        await using var _ = steps;
        await BothAtWorkAsync(run, steps);
        await LoseAsync(killed: false, run, steps, "a member", ["b"], async () => Assert.Single((await run.GetDetails()).Members));
        await fixture.AssertUndisturbedAsync(run, steps);
    }

    /// <summary>By default it is 10 s; here the test would end before.</summary>
    [Fact]
    public async Task Run_MemberThatWasNeverLateStopsDead_TheOthersGoOnAfterAFewHeartbeatsInsteadOfThePeerTimeout()
    {
        await fixture.BeginAsync("c");
        await fixture.RestartAsync("a", new Dictionary<string, string?> { ["PGM_PEERTIMEOUT"] = "01:00:00" });
        var (run, steps) = await fixture.StartRunAsync(1, 2, leash: 3);
        await using var _ = steps;
        await BothAtWorkAsync(run, steps);
        await LoseAsync(killed: false, run, steps, "a member", ["b"], async () => Assert.Single((await run.GetDetails()).Members));
        await fixture.AssertUndisturbedAsync(run, steps);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_MemberAndTheSiloOfItsGrainAreLostTogether_TheOtherGoesOnOnceTheGrainHasMoved(bool killed)
    {
        await fixture.BeginAsync("c");
        var (run, first) = await fixture.StartRunAsync(1, 2, leash: 3);
        await using (first) await BothAtWorkAsync(run, first);
        // By way of the silo that stays: the control silo, where the run's grain and the scheduler live, is one of the two that go.
        await using var connection = await fixture.Cluster.ConnectAsync("b");
        run = connection.Client.GetGrain<ITrainingRunGrain>(run.GetPrimaryKeyString());
        await using var steps = new StepObserver(run);
        fixture.LetDo(run, first.Done + 3);
        await Until.Holds("more steps are seen", () => steps.Done > first.Done);
        await LoseAsync(killed, run, steps, "a member and the silo of the run's grain", ["control", "a"]);
        await fixture.AssertUndisturbedAsync(run, steps);
    }

    /// <summary>One that hangs with the run's grain is among those that are lost together.</summary>
    [Fact]
    public async Task Run_MemberWhoseSiloHasItsGrainIsKilled_TheOtherGoesOn()
    {
        await fixture.BeginAsync("c");
        var (run, first) = await fixture.StartRunAsync(1, 2, leash: 3);
        await using (first) await BothAtWorkAsync(run, first);
        // Without a control silo the grains live where the devices are.
        await fixture.Cluster["control"].KillAsync();
        await using var toA = await fixture.Cluster.ConnectAsync("a");
        await using var toB = await fixture.Cluster.ConnectAsync("b");
        var id = run.GetPrimaryKeyString();
        await Until.Holds("the run's grain has moved", () => toA.Client.GetGrain<ITrainingRunGrain>(id).GetStatus(), _ => true);
        var silo = await fixture.SiloOfAsync("a", toA.Client.GetGrain<ITrainingRunGrain>(id));
        run = (silo == "a" ? toB : toA).Client.GetGrain<ITrainingRunGrain>(id);
        await using var steps = new StepObserver(run);
        fixture.LetDo(run, first.Done + 3);
        await Until.Holds("more steps are seen", () => steps.Done > first.Done);
        await BothAtWorkAsync(run, steps);
        await LoseAsync(killed: true, run, steps, "the member whose silo has the run's grain", [silo]);
        await fixture.AssertUndisturbedAsync(run, steps);
    }

    [Fact]
    public async Task Run_EverySiloRestartedInTurn_LosesNoStep()
    {
        await fixture.BeginAsync("c");
        var (run, steps) = await fixture.StartRunAsync(1, 2, leash: 3);
        await using var _ = steps;
        foreach (var silo in new[] { "a", "b" })
        {
            await BothAtWorkAsync(run, steps);
            fixture.Cluster[silo].Terminate();
            fixture.LetDo(run, steps.Done + 3);
            Assert.Equal(0, await fixture.Cluster[silo].WaitForExitAsync());
            await fixture.StartMissingAsync("c");
        }
        await fixture.AssertUndisturbedAsync(run, steps);
    }

    [Fact]
    public async Task SubmitTraining_SiloThatItIsConnectedToDies_FollowsTheRunToItsEnd()
    {
        await fixture.BeginAsync();
        var gateways = string.Join(
            ',', new[] { "control", "a" }.Select(n => $"{fixture.Cluster[n].Gateway.Host}:{fixture.Cluster[n].Gateway.Port}"));
        var gate = fixture.Close("stepped", "sample", 30);
        using var sample = ChildProcess.Start(
            [Dotnet.Program, "exec", await PackagedSample.ProgramAsync("SubmitTraining", "PgmCluster.Client"), gateways, "sample", "tokenizer-fashion",
                "fashion", "training.steps=60"]);
        await Until.Holds("the sample shows steps", () => sample.Out.Contains("Running step", StringComparison.Ordinal));
        await Until.Holds("the run stands", () => gate.IsReached);
        await fixture.Cluster["control"].KillAsync();
        gate.Open();
        Assert.True(await sample.WaitForExitAsync() == 0, sample.ToString());
        Assert.Contains("steps 60, final loss", sample.Out);
    }

    /// <summary>Kills silos or stops them dead, waits until the run gets on without them, says how long that took, and ends them.</summary>
    /// <param name="killed">False for SIGSTOP.</param>
    /// <param name="run">That the lost ones are members of.</param>
    /// <param name="steps">The run's.</param>
    /// <param name="what">Is lost.</param>
    /// <param name="silos">To lose.</param>
    /// <param name="check">Done before silos that were stopped are ended.</param>
    private async Task LoseAsync(
        bool killed, ITrainingRunGrain run, StepObserver steps, string what, string[] silos, Func<Task>? check = null)
    {
        var (lost, done) = (Stopwatch.GetTimestamp(), steps.Done);
        foreach (var silo in silos)
        {
            if (killed) await fixture.Cluster[silo].KillAsync();
            else fixture.Cluster[silo].Pause();
        }
        fixture.LetDo(run, done + 4);
        await Until.Holds($"{done + 2} steps are done", () => steps.FirstSeen(done + 2) is not null);
        var seconds = Stopwatch.GetElapsedTime(lost, steps.FirstSeen(done + 2)!.Value).TotalSeconds;
        output.WriteLine($"{(killed ? "kill -9" : "SIGSTOP")} of {what} at step {done}: the second step after it {seconds:0.00} s later");
        if (check is not null) await check();
        foreach (var silo in silos) await fixture.Cluster[silo].KillAsync();
    }

    /// <summary>The gang has two members, and has done steps since it formed: both hold the state.</summary>
    private Task<IReadOnlyList<GangFormation>> BothAtWorkAsync(ITrainingRunGrain run, StepObserver steps) => Until.Holds(
        "both are members and do steps",
        async () =>
        {
            var formations = (await run.GetDetails()).Formations;
            if (formations is [.., { Members: 2 } last]) fixture.LetDo(run, Math.Max(0, last.Step) + 3);
            return formations;
        },
        formations => formations is [.., { Members: 2 } last] && steps.Done >= Math.Max(0, last.Step) + 2);
}
