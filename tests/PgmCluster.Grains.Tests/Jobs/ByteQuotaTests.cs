using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Data.Artifacts;
using PgmCluster.Grains.Artifacts;
using PgmCluster.Grains.Catalog;
using PgmCluster.Grains.Options;
using PgmCluster.Grains.Tests.Support;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Grains.Tests.Jobs;

/// <summary>How much users may have stored, and how much of it may be on its way.</summary>
public sealed class ByteQuotaTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-bytes-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Start_WhereTheUsersJobsHaveAllOfIt_IsRefused_AndOthersAreNotConcerned()
    {
        Write("runs/old/weights.safetensors", 60);
        Write("runs/old/checkpoints/step-00000001-g1/ema.safetensors", 40);
        await using var cluster = await GrainCluster.Start(
            directory: _directory, configure: o => o.Quotas = UserQuotas.Parse("ann bytes=100; bob bytes=1K; cat bytes=0", out _),
            prepare: queue => queue.Catalog.Put("jobs", Job("old", "ann"), DateTimeOffset.UtcNow));
        await cluster.Register();
        // Before the first count is there nobody is refused by it.
        await Until.Holds(
            "the store is counted", () => cluster.Silos.GetSiloServiceProvider().GetRequiredService<StoredBytes>().OfAsync("ann"),
            bytes => bytes == 100);
        // What a dataset of that name was is not the job's.
        await cluster.Register("old");
        await cluster.Grains.GetGrain<IDatasetGrain>("old").Remove();

        var refused = await Assert.ThrowsAsync<InvalidRequestException>(() => StartAsync(cluster, "more", "ann"));
        Assert.Equal(PgmErrorCode.Conflict, refused.Code);
        Assert.Equal(
            "Starting training job 'more': quota of ann: 100 bytes in the artifact store, 100 in use. Delete jobs ('pgm runs delete'; 'pgm "
            + "store usage' shows whose), or have Pgm:Quotas raised.", refused.Message);
        await Assert.ThrowsAsync<NotFoundException>(() => cluster.Run("more").GetStatus());
        await Assert.ThrowsAsync<InvalidRequestException>(() => StartAsync(cluster, "none", "cat"));
        await StartAsync(cluster, "bobs", "bob");
        await StartAsync(cluster, "bobs", "bob");
        await StartAsync(cluster, "free", "dan");
    }

    [Fact]
    public async Task Count_IsByTheJobInWhoseFolderAFileLies_AndGoneWithIt()
    {
        var time = new FakeTimeProvider();
        using var queue = new TestSchedulerStore(
            Path.Combine(_directory, "queue.db"), new FileGrainStorage(Path.Combine(_directory, "state")));
        var bytes = new StoredBytes(
            new DirectoryArtifactStore(Path.Combine(_directory, "artifacts")), queue.Catalog, time, NullLogger<StoredBytes>.Instance);
        await queue.Catalog.Put("jobs", Job("old", "ann"), default);
        await queue.Catalog.Put("jobs", Job("unnamed", null), default);
        Write("runs/old/weights.safetensors", 60);
        Write("tokens/unnamed/shard-00000.safetensors", 7);
        // Nobody's: a file that a client sent, a dataset of the same name, and what a job left that is gone.
        Write("imports/0123456789abcdef.ckpt", 1000);
        Write("datasets/old/manifest.jsonl", 1000);
        Write("runs/gone/weights.safetensors", 1000);

        Assert.Equal((60, 7, 0), (await bytes.OfAsync("ann"), await bytes.OfAsync(""), await bytes.OfAsync("bob")));
        Write("samples/old/grid.png", 40);
        Assert.Equal(60, await bytes.OfAsync("ann"));
        time.Advance(TimeSpan.FromMinutes(1));
        await Until.Holds("the store is counted again", () => bytes.OfAsync("ann"), has => has == 100);

        await queue.Catalog.Remove("jobs", "old");
        bytes.Forget("old");
        Assert.Equal((0, 7), (await bytes.OfAsync("ann"), await bytes.OfAsync("")));
    }

    [Fact]
    public async Task Count_ThatIsMadeAgain_IsWaitedForByNobody_WhoHasTheLastOne()
    {
        var time = new FakeTimeProvider();
        using var queue = new TestSchedulerStore(
            Path.Combine(_directory, "queue.db"), new FileGrainStorage(Path.Combine(_directory, "state")));
        var store = new HeldStore(new DirectoryArtifactStore(Path.Combine(_directory, "artifacts")));
        var bytes = new StoredBytes(store, queue.Catalog, time, NullLogger<StoredBytes>.Instance);
        await queue.Catalog.Put("jobs", Job("old", "ann"), default);
        await queue.Catalog.Put("jobs", Job("bobs", "bob"), default);
        Write("runs/old/weights.safetensors", 60);
        Assert.Equal((60, 0), (await bytes.OfAsync("ann"), await bytes.OfAsync("bob")));

        var counting = store.Hold();
        Write("samples/old/grid.png", 40);
        Write("samples/bobs/grid.png", 9);
        time.Advance(TimeSpan.FromMinutes(1));
        var last = bytes.OfAsync("ann");
        Assert.True(last.IsCompleted);
        Assert.Equal(60, await last);
        // Nobody is refused by a count that is being made again.
        var refused = bytes.OfAsync("ann", room: 50);
        Assert.False(refused.IsCompleted);

        // The count in hand has found the job that is deleted then.
        await counting;
        await queue.Catalog.Remove("jobs", "old");
        bytes.Forget("old");
        Assert.Equal(0, await bytes.OfAsync("ann"));
        store.Release();
        Assert.Equal(0, await refused);
        await Until.Holds("the store is counted again", () => bytes.OfAsync("bob"), has => has == 9);
        Assert.Equal(0, await bytes.OfAsync("ann"));
    }

    [Fact]
    public void Room_ForFilesOnTheirWay_IsThatOfAllTogether()
    {
        var room = new UploadRoom(10);
        room.Begin("a");
        room.Take("a", 6);
        room.Begin("b");
        room.Take("b", 4);

        var full = Assert.Throws<PgmException>(() => room.Take("b", 1));
        Assert.Equal(PgmErrorCode.Conflict, full.Code);
        Assert.StartsWith(
            "Storing a file of SHA-256 b: 10 bytes have come of files that are being sent to this silo, and Pgm:UploadBytes allows 10. Try "
            + "again when one of them is done", full.Message);
        room.End(6);
        room.Take("b", 6);
        room.Give(6);
        room.Take("b", 6);
        for (var file = 1; file < 64; file++) room.Begin($"{file}");
        Assert.Contains("64 others are being sent to this silo", Assert.Throws<PgmException>(() => room.Begin("last")).Message);
        new UploadRoom(0).Take("any", int.MaxValue);
    }

    private static CatalogEntry Job(string name, string? user) =>
        new() { Name = name, JobKind = JobKind.Training, Owner = user, AtRest = true, Phase = JobPhase.Completed };

    private static Task<JobStatus> StartAsync(GrainCluster cluster, string id, string user) => cluster.Run(id).Start(
        GrainCluster.Request() with { Scheduling = new Contracts.Jobs.Scheduling { User = user } });

    private void Write(string artifact, int size)
    {
        var file = Path.Combine(_directory, "artifacts", artifact);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, new byte[size]);
    }
}
