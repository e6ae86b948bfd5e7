using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Training;
using PgmCluster.TestSupport.Processes;
using Xunit.Abstractions;

namespace PgmCluster.Cluster.Tests.Gangs;

/// <summary>What a caller was told is so stays so, through the loss of silos and of the database's server.</summary>
[Collection(PostgresCollection.Name)]
public class AcknowledgedTests(PostgresFixture postgres, GangFixture fixture, ITestOutputHelper output) : IClassFixture<GangFixture>
{
    private readonly Lock _gate = new();
    private readonly List<string> _started = [], _cancelled = [];
    private int _refused;
    private string _lastRefusal = "";

    [Fact]
    public async Task Changes_AcknowledgedWhileSilosDieAndTheDatabaseStops_AreAllThere()
    {
        await fixture.BeginAsync();
        using var enough = new CancellationTokenSource();
        var changing = ChangeAsync(enough.Token);
        // Each trouble comes into changes that were being acknowledged, and the next one when they are again.
        await MoreAreAcknowledgedAsync();
        await fixture.Cluster["control"].KillAsync();
        await fixture.StartMissingAsync();
        await MoreAreAcknowledgedAsync();
        var saidBefore = TimesSaid("the server does not answer");
        await postgres.Server.StopAsync();
        await Until.Holds(
            "the control silo has noticed that the database is gone", () => TimesSaid("the server does not answer") > saidBefore);
        await postgres.Server.StartAsync();
        await MoreAreAcknowledgedAsync();
        await fixture.Cluster["a"].KillAsync();
        await fixture.StartMissingAsync();
        await MoreAreAcknowledgedAsync();
        await enough.CancelAsync();
        await changing;

        foreach (var id in _started)
        {
            var status = await Until.Holds(
                $"run '{id}' answers", () => fixture.Grains.GetGrain<ITrainingRunGrain>(id).GetStatus(), _ => true);
            if (_cancelled.Contains(id)) Assert.True(status.Phase == JobPhase.Cancelled, $"{id} was cancelled and is {status.Phase}");
        }
        output.WriteLine(
            $"{_started.Count} starts and {_cancelled.Count} cancellations were acknowledged, {_refused} calls were not answered; "
            + "nothing acknowledged is missing");
    }

    /// <summary>One run after the other is started and cancelled. What is refused was promised to nobody.</summary>
    private async Task ChangeAsync(CancellationToken enough)
    {
        for (var i = 0; !enough.IsCancellationRequested; i++)
        {
            var id = $"change-{i}";
            try
            {
                var run = fixture.Grains.GetGrain<ITrainingRunGrain>(id);
                await run.Start(new TrainingRequest { Preset = "classifier-smoke", Dataset = "fashion" });
                lock (_gate) _started.Add(id);
                await run.Cancel();
                lock (_gate) _cancelled.Add(id);
            }
            catch (Exception e)
            {
                lock (_gate) (_refused, _lastRefusal) = (_refused + 1, e.Message);
                // A client that is not connected is refused at once, over and over: it leaves the machine to those who come back.
                await Task.Delay(20, CancellationToken.None);
            }
        }
    }

    private async Task MoreAreAcknowledgedAsync()
    {
        (int Acknowledged, string LastRefusal) Look()
        {
            lock (_gate) return (_cancelled.Count, _lastRefusal);
        }
        var before = Look().Acknowledged;
        await Until.Holds(
            "five more changes are acknowledged", () => Task.FromResult(Look()), seen => seen.Acknowledged >= before + 5);
    }

    private int TimesSaid(string words) => fixture.Cluster["control"].ReadLog().Split(words).Length - 1;
}
