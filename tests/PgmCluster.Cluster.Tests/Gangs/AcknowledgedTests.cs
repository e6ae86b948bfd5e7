using PgmCluster.Cli.Clusters;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Training;
using Xunit.Abstractions;

namespace PgmCluster.Cluster.Tests.Gangs;

/// <summary>What a caller was told is so stays so, through the loss of silos and of the database's server.</summary>
[Collection(PostgresCollection.Name)]
public class AcknowledgedTests(PostgresFixture postgres, GangFixture fixture, ITestOutputHelper output) : IClassFixture<GangFixture>
{
    [Fact]
    public async Task Changes_AcknowledgedWhileSilosDieAndTheDatabaseStops_AreAllThere()
    {
        await fixture.BeginAsync();
        var (started, cancelled, refused) = (new List<string>(), new List<string>(), 0);
        var trouble = Task.Run(MakeTrouble);
        for (var i = 0; !trouble.IsCompleted || i < 40; i++)
        {
            var id = $"change-{i}";
            try
            {
                var run = fixture.Grains.GetGrain<ITrainingRunGrain>(id);
                await run.Start(new TrainingRequest { Preset = "classifier-smoke", Dataset = "fashion" });
                started.Add(id);
                await run.Cancel();
                cancelled.Add(id);
            }
            catch (Exception) when (!trouble.IsFaulted)
            {
                refused++;
            }
        }
        await trouble;
        await fixture.StartMissingAsync();

        foreach (var id in started)
        {
            var status = await Until.Holds($"run '{id}' answers", () => fixture.Grains.GetGrain<ITrainingRunGrain>(id).GetStatus(), _ => true, TimeSpan.FromSeconds(60));
            if (cancelled.Contains(id)) Assert.True(status.Phase == JobPhase.Cancelled, $"{id} was cancelled and is {status.Phase}");
        }
        output.WriteLine($"{started.Count} starts and {cancelled.Count} cancellations were acknowledged, {refused} calls were not answered; nothing acknowledged is missing");
        Assert.True(cancelled.Count >= 10, $"Only {cancelled.Count} changes were acknowledged: this says little.");
    }

    private async Task MakeTrouble()
    {
        await Task.Delay(TimeSpan.FromSeconds(1));
        await fixture.Cluster["control"].KillAsync();
        await fixture.StartMissingAsync();
        await postgres.Server.StopAsync();
        await Task.Delay(TimeSpan.FromSeconds(3));
        await postgres.Server.StartAsync();
        await fixture.Cluster["a"].KillAsync();
        await fixture.StartMissingAsync();
    }
}
