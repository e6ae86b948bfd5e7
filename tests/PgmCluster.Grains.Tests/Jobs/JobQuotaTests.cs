using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Options;
using PgmCluster.Grains.Tests.Support;

namespace PgmCluster.Grains.Tests.Jobs;

/// <summary>What users may have at once, from the start of a job to its device.</summary>
public sealed class JobQuotaTests : IAsyncLifetime
{
    private GrainCluster _cluster = null!;

    public async Task InitializeAsync()
    {
        _cluster = await GrainCluster.Start(
            "cpu:0,cpu:1,cpu:2", configure: options => options.Quotas = UserQuotas.Parse("ann devices=1 jobs=2; * jobs=3", out _),
            prepare: queue => queue.Catalog.Put(
                "jobs",
                new CatalogEntry { Name = "tokens", JobKind = JobKind.Tokenization, AtRest = true, Phase = JobPhase.Completed }, default));
        await _cluster.Register();
    }

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Start_AboveTheNumberOfJobs_IsRefusedUntilOneHasEnded()
    {
        await StartAsync("first", "ann");
        await StartAsync("second", "ann");
        await GrainCluster.Until(
            _cluster.Run("second"), e => e.Message?.Contains("quota of ann: 1 device, 1 in use", StringComparison.Ordinal) == true,
            "why it waits");

        var e = await Assert.ThrowsAsync<InvalidRequestException>(() => StartAsync("third", "ann"));
        Assert.Equal(PgmErrorCode.Conflict, e.Code);
        Assert.StartsWith("Starting training job 'third': quota of ann: 2 jobs, 2 queued or running. Wait until one has ended", e.Message);
        // The same request again is about a job that goes on; others are not concerned.
        await StartAsync("second", "ann");
        await StartAsync("bobs", "bob");

        await _cluster.Run("first").Cancel();
        await StartAsync("third", "ann");
        // What has ended and is begun again is one more.
        await Assert.ThrowsAnyAsync<PgmException>(() => StartAsync("first", "ann"));
        Assert.Equal(JobPhase.Cancelled, (await _cluster.Run("first").GetStatus()).Phase);
    }

    [Fact]
    public async Task Start_AboveTheNumberOfJobs_UnderAnIdThatIsTaken_IsToldOfTheIdFirst_AndTheSameAgainGetsItsJob()
    {
        await StartAsync("first", "ann");
        await StartAsync("second", "ann");

        var taken = await Assert.ThrowsAsync<InvalidRequestException>(() => StartAsync("tokens", "ann"));
        Assert.Equal("Starting training job 'tokens': the id belongs to a tokenization job. Choose another id.", taken.Message);
        var other = await Assert.ThrowsAsync<InvalidRequestException>(() => _cluster.Run("second").Start(
            GrainCluster.Request() with { Seed = 5, Scheduling = new Contracts.Jobs.Scheduling { User = "ann" } }));
        Assert.Contains("seed is", other.Message);
        Assert.Equal("second", (await StartAsync("second", "ann")).Id);
    }

    [Fact]
    public async Task Resume_AboveTheNumberOfJobs_IsRefusedAndStaysPaused()
    {
        await StartAsync("first", "ann");
        await StartAsync("second", "ann");
        await _cluster.Run("first").Pause();
        // What is held back waits for nothing and holds nothing.
        await StartAsync("third", "ann");

        var e = await Assert.ThrowsAsync<InvalidRequestException>(() => _cluster.Run("first").Resume());
        Assert.StartsWith("Starting training job 'first': quota of ann: 2 jobs, 2 queued or running.", e.Message);
        Assert.Equal(JobPhase.Paused, (await _cluster.Run("first").GetStatus()).Phase);

        await _cluster.Run("second").Cancel();
        Assert.Equal(JobPhase.Queued, (await _cluster.Run("first").Resume()).Phase);
    }

    [Fact]
    public async Task Start_ManyAtOnce_LetsInAsManyAsTheQuotaSays()
    {
        var started = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            try
            {
                await StartAsync($"run{i}", "cat");
                return true;
            }
            catch (InvalidRequestException)
            {
                return false;
            }
        }));

        Assert.Equal(3, started.Count(s => s));
    }

    private Task<JobStatus> StartAsync(string id, string user) =>
        _cluster.Run(id).Start(GrainCluster.Request() with { Scheduling = new Contracts.Jobs.Scheduling { User = user } });
}
