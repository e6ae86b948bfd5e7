using PgmCluster.Chaos.Clusters;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Training;
using PgmCluster.Silo.Hosting;
using PgmCluster.TestSupport;

namespace PgmCluster.Cluster.Tests.Processes;

/// <summary>What clients of a gateway that lives see when another silo is killed.</summary>
[Collection(PostgresCollection.Name)]
public sealed class LostSiloTests(PostgresFixture postgres)
{
    private const int Runs = 40;

    [Theory]
    [InlineData("a", "b")]
    [InlineData("b", "a")]
    public async Task Calls_RightAfterAnotherSiloIsKilled_AreAnsweredAsEver(string asked, string killed)
    {
        await using var cluster = new LocalCluster((await postgres.CreateDatabaseAsync()).ConnectionString);
        await cluster.StartAsync(SiloPlan.Control("a"), SiloPlan.Control("b"));
        await using var connection = await cluster.ConnectAsync(asked);
        var runs = RunsOf(connection);
        // By now some of them, and a part of who knows where they are, is on the other silo.
        await Task.WhenAll(runs.Select(IsNotFoundAsync));

        await cluster[killed].KillAsync();

        await Task.WhenAll(runs.Select(IsNotFoundAsync));
    }

    [Fact]
    public async Task Calls_OnTheirWayWhenAnotherSiloIsKilled_AreAnsweredAsEver()
    {
        await using var cluster = new LocalCluster((await postgres.CreateDatabaseAsync()).ConnectionString);
        await cluster.StartAsync(SiloPlan.Control("a"), SiloPlan.Control("b"));
        await using var connection = await cluster.ConnectAsync("a");
        var runs = RunsOf(connection);
        await Task.WhenAll(runs.Select(IsNotFoundAsync));
        var killed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // Each asks without a pause: some are with the silo when it dies, and nobody tells the client that their answers are lost.
        var asking = Task.WhenAll(runs.Select(async run =>
        {
            while (!killed.Task.IsCompleted) await IsNotFoundAsync(run);
        }));

        await cluster["b"].KillAsync();

        killed.SetResult();
        await asking;
    }

    [Fact]
    public async Task Submissions_RightAfterAnotherSiloIsKilled_AreAllTaken()
    {
        await using var cluster = new LocalCluster((await postgres.CreateDatabaseAsync()).ConnectionString);
        await cluster.StartAsync(SiloPlan.Control("a"), SiloPlan.Control("b"));
        await using var connection = await cluster.ConnectAsync("a");
        await connection.Client.GetGrain<IDatasetGrain>("fashion").Register(
            new DatasetRequest
            {
                Location = Path.Combine(RepositoryRoot.Path, "deploy", "sample-data", "fashion-mnist"),
                ValidationImages = 1000,
            });

        await cluster["b"].KillAsync();

        string[] ids = [.. Enumerable.Range(0, Runs).Select(i => $"run-{i}")];
        await Task.WhenAll(ids.Select(id => connection.Client.GetGrain<ITrainingRunGrain>(id).Start(
            new TrainingRequest { Preset = "classifier-smoke", Dataset = "fashion" })));
        var listed = await connection.Client.GetGrain<ICatalogGrain>("jobs").List();
        Assert.Equal(ids.Order(), listed.Select(e => e.Name).Where(ids.Contains).Order());
    }

    private static ITrainingRunGrain[] RunsOf(SiloConnection connection) =>
        [.. Enumerable.Range(0, Runs).Select(i => connection.Client.GetGrain<ITrainingRunGrain>($"run-{i}"))];

    private static Task<NotFoundException> IsNotFoundAsync(ITrainingRunGrain run) =>
        Assert.ThrowsAsync<NotFoundException>(run.GetStatus);
}
