using System.Buffers.Binary;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Execution;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Datasets;
using PgmCluster.Grains.Tests.Support;

namespace PgmCluster.Grains.Tests.Datasets;

/// <summary>Sources that are read by a job; the work items are the real ones.</summary>
public sealed class RegistrationJobTests : IDisposable
{
    private const int Pairs = 3, Images = 10;
    private const string Made = "IRegistrationProgress.GetMade";
    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-registration-").FullName;

    public RegistrationJobTests()
    {
        for (var pair = 0; pair < Pairs; pair++) WritePair(pair, first: pair * Images);
    }

    private string Source => Path.Combine(_directory, "source");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task StartRegistration_SiloDiesHalfway_GoesOnAndTheRecordIsReadMeanwhile()
    {
        string job;
        await using (var before = await Start("state"))
        {
            job = (await Dataset(before).StartRegistration(Request())).Job!;
            for (var shard = 0; shard < 2; shard++)
            {
                var item = await before.Work.Next();
                Assert.Equal(WorkKinds.IndexShard, item.Kind);
                item.CompleteRaw(Really(item));
            }
            await before.Work.Next();
            // Neither answer waits for the shard that is being read.
            await Assert.ThrowsAsync<NotFoundException>(() => Dataset(before).Get());
            Assert.Equal(job, (await Dataset(before).StartRegistration(Request())).Job);
            var other = await Assert.ThrowsAsync<InvalidRequestException>(
                () => Dataset(before).StartRegistration(Request() with { ValidationImages = 7 }));
            Assert.Contains($"job '{job}' registers it", other.Message);
            await GrainCluster.Until(
                Job(before, job), e => e.Progress is { Done: 2, Total: Pairs + 1 }, "two shards of three and the manifest");
        }
        await using var later = await Start("state", Really);

        await GrainCluster.ToRest(Job(later, job), JobPhase.Completed);

        Assert.Equal([WorkKinds.IndexShard, WorkKinds.MakeManifest], later.Work.Created.Select(i => i.Kind));
        var info = await Dataset(later).Get();
        Assert.Equal((Pairs * Images, Pairs, null), (info.Images, info.Shards, info.Version));
        Assert.Equal([new DatasetSplitInfo("train", 0, 25), new DatasetSplitInfo("validation", 25, 5)], info.Splits);
    }

    [Fact]
    public async Task Register_AgainAfterMending_ReadsWhatChangedAndIsVersionTwo()
    {
        await using var cluster = await Start("state", Really);
        var first = await Dataset(cluster).Register(Request());
        Assert.Equal(Pairs + 1, cluster.Work.Created.Count);

        var same = await Dataset(cluster).Register(Request());
        Assert.Equal((first.Manifest, first.RegisteredAt, null), (same.Manifest, same.RegisteredAt, same.Version));
        Assert.Equal(Pairs + 1, cluster.Work.Created.Count);

        WritePair(1, first: 100);
        var second = await Dataset(cluster).Register(Request());

        Assert.Equal(2, second.Version);
        Assert.NotEqual(first.Manifest, second.Manifest);
        Assert.NotEqual(first.ContentSha256, second.ContentSha256);
        Assert.Equal([WorkKinds.IndexShard, WorkKinds.MakeManifest], cluster.Work.Created.Skip(Pairs + 1).Select(i => i.Kind));
    }

    [Fact]
    public async Task Register_AgainAfterAFirstRegistrationThatFailed_ReadsWhatItHadNotRead()
    {
        await using var cluster = await Start("state", Really);
        File.WriteAllBytes(Path.Combine(Source, "part2-labels-idx1-ubyte"), Idx([Images - 1], new byte[Images - 1]));
        await Assert.ThrowsAsync<InvalidRequestException>(() => Dataset(cluster).Register(Request()));
        var job = Job(cluster, "register-shoes-1");
        // Those that were under way end as well.
        await GrainCluster.Until(job, e => e.Progress.Done == Pairs - 1, "the shards that can be read");
        var before = cluster.Work.Created.Count;

        WritePair(2, first: 20);
        var info = await Dataset(cluster).Register(Request());

        Assert.Equal([WorkKinds.IndexShard, WorkKinds.MakeManifest], cluster.Work.Created.Skip(before).Select(i => i.Kind));
        Assert.Equal((Pairs * Images, null), (info.Images, info.Version));
        // And as where nothing had failed.
        await using var other = await Start("other", Really);
        Assert.Equal((await Dataset(other).Register(Request())).ContentSha256, info.ContentSha256);
    }

    [Fact]
    public async Task Register_AgainWhereTheFailedJobCannotSayWhatItRead_ReadsAll()
    {
        await using var cluster = await Start("state", Really);
        await FailToRegister(cluster);

        cluster.Calls.FailNext(Made);
        Assert.Equal(Pairs * Images, (await Dataset(cluster).Register(Request())).Images);
        Assert.Equal(1, cluster.Calls.Of(Made));
    }

    [Fact]
    public async Task Register_VerifyAfterAFirstRegistrationThatFailed_AsksNobodyWhatWasRead()
    {
        await using var cluster = await Start("state", Really);
        await FailToRegister(cluster);

        Assert.Equal(Pairs * Images, (await Dataset(cluster).Register(Request() with { Verify = true })).Images);
        Assert.Equal(0, cluster.Calls.Of(Made));
    }

    [Fact]
    public async Task Register_FileChangedWithItsSizeAndTimeKept_IsNoticedWhereItIsAskedFor()
    {
        await using var cluster = await Start("state", Really);
        var images = Path.Combine(Source, "part1-images-idx3-ubyte");
        var labels = Path.Combine(Source, "part1-labels-idx1-ubyte");
        var times = (File.GetLastWriteTimeUtc(images), File.GetLastWriteTimeUtc(labels));
        var first = await Dataset(cluster).Register(Request());
        WritePair(1, first: 100);
        File.SetLastWriteTimeUtc(images, times.Item1);
        File.SetLastWriteTimeUtc(labels, times.Item2);

        Assert.Equal(first.Manifest, (await Dataset(cluster).Register(Request())).Manifest);
        var before = cluster.Work.Created.Count;
        var verified = await Dataset(cluster).Register(Request() with { Verify = true });

        Assert.Equal(2, verified.Version);
        Assert.NotEqual(first.ContentSha256, verified.ContentSha256);
        Assert.Equal(Pairs + 1, cluster.Work.Created.Count - before);
        // Where nothing has changed, it is what it was.
        Assert.Equal(verified.Manifest, (await Dataset(cluster).Register(Request() with { Verify = true })).Manifest);
    }

    [Fact]
    public async Task Register_OtherContentFromAnotherPlaceOrBrokenShard_IsRefusedInTheJobsWords()
    {
        await using var cluster = await Start("state", Really);
        var known = await Dataset(cluster).Register(Request());
        var copy = Path.Combine(_directory, "copy");
        Directory.CreateDirectory(copy);
        foreach (var file in Directory.EnumerateFiles(Source)) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));

        // The same content elsewhere: the name follows it.
        var moved = await Dataset(cluster).Register(Request() with { Location = copy });
        Assert.Equal((copy, known.ContentSha256, null), (moved.Location, moved.ContentSha256, moved.Version));
        WritePair(0, first: 200);
        var other = await Assert.ThrowsAsync<InvalidRequestException>(() => Dataset(cluster).Register(Request()));
        Assert.Contains($"the name holds other content (30 images from {copy})", other.Message);

        File.WriteAllBytes(Path.Combine(copy, "part2-labels-idx1-ubyte"), Idx([Images - 1], new byte[Images - 1]));
        var broken = await Assert.ThrowsAsync<InvalidRequestException>(() => Dataset(cluster).Register(Request() with { Location = copy }));
        Assert.Contains("holds 10 images, part2-labels-idx1-ubyte 9 labels", broken.Message);
        Assert.Equal(moved.Manifest, (await Dataset(cluster).Get()).Manifest);
    }

    [Fact]
    public async Task Remove_Dataset_IsForgottenUnlessWorkIsMadeFromIt()
    {
        await using var cluster = await GrainCluster.Start();
        var (run, item) = await cluster.StartRun();
        var refusal = await Assert.ThrowsAsync<InvalidRequestException>(() => Dataset(cluster).Remove());
        Assert.Contains("'run' is still made from it", refusal.Message);
        item.Complete(GrainCluster.TrainResult());
        await GrainCluster.ToRest(run, JobPhase.Completed);

        await Dataset(cluster).Remove();

        await Assert.ThrowsAsync<NotFoundException>(() => Dataset(cluster).Get());
        await Assert.ThrowsAsync<NotFoundException>(() => Dataset(cluster).Remove());
        Assert.Equal(12, (await cluster.Register(images: 12)).Images);
    }

    [Fact]
    public async Task Get_SiloDiedBeforeTheCatalogKnew_IsListedAsTheRecordSays()
    {
        await using (var before = await Start("state"))
        {
            before.Storage.FailWritesOf = TestCatalogStore.Name;
            await Assert.ThrowsAsync<PgmException>(() => before.Register());
        }
        await using (var before = await Start("state"))
        {
            Assert.Empty(await Listed(before));
            Assert.Equal(30, (await Dataset(before).Get()).Images);
            Assert.Equal(["shoes"], await Listed(before));

            await before.Register("boots");
            before.Storage.FailWritesOf = TestCatalogStore.Name;
            foreach (var name in new[] { "shoes", "boots" })
                await Assert.ThrowsAsync<PgmException>(() => before.Grains.GetGrain<IDatasetGrain>(name).Remove());
            before.Storage.FailWritesOf = null;
            Assert.Equal(2, (await Listed(before)).Count);
            await Assert.ThrowsAsync<NotFoundException>(() => Dataset(before).Remove());
            Assert.Equal(["boots"], await Listed(before));
        }
        await using var later = await Start("state");
        await Assert.ThrowsAsync<NotFoundException>(() => later.Grains.GetGrain<IDatasetGrain>("boots").Get());
        Assert.Empty(await Listed(later));
    }

    [Fact]
    public async Task Record_TakenBeforeAndNotListed_IsListed()
    {
        await using var cluster = await Start("state");
        cluster.Storage.FailWritesOf = TestCatalogStore.Name;
        await Assert.ThrowsAsync<PgmException>(() => cluster.Register());
        cluster.Storage.FailWritesOf = null;
        Assert.Empty(await Listed(cluster));

        var manifest = (await Dataset(cluster).Get()).Manifest!;
        await cluster.Grains.GetGrain<IDatasetRecord>("shoes").Record("register-shoes-1", manifest);

        Assert.Equal(["shoes"], await Listed(cluster));
    }

    [Theory]
    [InlineData("shoes\n")]
    [InlineData("my data/x")]
    [InlineData("-x")]
    [InlineData(3000)]
    public async Task StartRegistration_NameThatIsNone_IsRefused(object name)
    {
        await using var cluster = await GrainCluster.Start();
        var given = name as string ?? new string('x', (int)name);
        var refusal = await Assert.ThrowsAsync<InvalidRequestException>(() => cluster.Register(given));
        Assert.Contains("a name has 1 to 80 letters, digits", refusal.Message);
        Assert.InRange(refusal.Message.Length, 1, 300);
    }

    private async Task FailToRegister(GrainCluster cluster)
    {
        File.WriteAllBytes(Path.Combine(Source, "part2-labels-idx1-ubyte"), Idx([Images - 1], new byte[Images - 1]));
        await Assert.ThrowsAsync<InvalidRequestException>(() => Dataset(cluster).Register(Request()));
        WritePair(2, first: 20);
    }

    private Task<GrainCluster> Start(string state, Func<FakeItem, string>? auto = null) => GrainCluster.Start(
        directory: Path.Combine(_directory, state), auto: auto, configure: options => options.RegisterAtOnceBytes = 0);

    private static string Really(FakeItem item) => new WorkItemFactory().Create(item.Kind, item.Document).Run(item.Context);

    private static IDatasetGrain Dataset(GrainCluster cluster) => cluster.Grains.GetGrain<IDatasetGrain>("shoes");

    private static IRegistrationJobGrain Job(GrainCluster cluster, string id) => cluster.Grains.GetGrain<IRegistrationJobGrain>(id);

    private static async Task<IReadOnlyList<string>> Listed(GrainCluster cluster) =>
        [.. (await cluster.Grains.GetGrain<ICatalogGrain>("datasets").List()).Select(e => e.Name)];

    private DatasetRequest Request() => new() { Location = Source, ValidationImages = 5 };

    private void WritePair(int pair, int first)
    {
        Directory.CreateDirectory(Source);
        File.WriteAllBytes(
            Path.Combine(Source, $"part{pair}-images-idx3-ubyte"),
            Idx([Images, 2, 2], [.. Enumerable.Range(0, Images * 4).Select(i => (byte)(first + i / 4))]));
        File.WriteAllBytes(
            Path.Combine(Source, $"part{pair}-labels-idx1-ubyte"),
            Idx([Images], [.. Enumerable.Range(0, Images).Select(i => (byte)(i % 2))]));
    }

    private static byte[] Idx(int[] shape, byte[] content)
    {
        var header = new byte[4 + 4 * shape.Length];
        (header[2], header[3]) = (8, (byte)shape.Length);
        for (var i = 0; i < shape.Length; i++) BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 + 4 * i), shape[i]);
        return [.. header, .. content];
    }
}
