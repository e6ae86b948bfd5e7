using Amazon.S3.Model;
using Microsoft.Extensions.Time.Testing;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Artifacts.S3;
using PgmCluster.Data.Downloads;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.S3;

namespace PgmCluster.Data.Tests.Artifacts;

/// <summary>The same promises against a real server, and what only a remote store can get wrong.</summary>
public sealed class S3ArtifactStoreTests : ArtifactStoreContract, IClassFixture<LoopbackS3>, IDisposable
{
    private const long PartBytes = 5 << 20;

    private readonly LoopbackS3 _server;
    private readonly TemporaryDirectory _cache = new();
    private readonly string _bucket;

    public S3ArtifactStoreTests(LoopbackS3 server)
    {
        _server = server;
        _bucket = server.MakeBucket();
        Store = Open("");
    }

    protected override int Rounds => 5;

    protected override IArtifactStore Store { get; }

    public void Dispose()
    {
        ((IDisposable)Store).Dispose();
        _cache.Dispose();
    }

    [Fact]
    public async Task WriteAsync_LargerThanAPart_IsOneObjectWithItsHash()
    {
        var content = new byte[(2 * PartBytes) + 12_345];
        new Random(1).NextBytes(content);

        var info = await Store.WriteAsync("weights/large", Write(content), default);

        using var client = _server.Client();
        var head = await client.GetObjectMetadataAsync(_bucket, "weights/large");
        Assert.Equal((info.Size, info.Sha256), (head.ContentLength, head.Metadata["sha256"]));
        using var other = OtherMachine(out var store);
        using var fetched = await store.FetchAsync(info, default);
        Assert.Equal(content, fetched.ReadAllBytes());
        Assert.Empty((await client.ListMultipartUploadsAsync(_bucket)).MultipartUploads ?? []);
    }

    [Fact]
    public async Task FetchAsync_AnotherMachineWrote_GivesItsContentAndReadsTheServerOnce()
    {
        var info = await Store.WriteAsync("a", Write(Content), default);
        using var other = OtherMachine(out var store);

        using (var first = await store.FetchAsync(info, default)) Assert.Equal(Content, first.ReadAllBytes());
        // The copy that is kept is read again, though somebody has put other bytes of the same length and hash note in the bucket.
        using var client = _server.Client();
        var forged = new PutObjectRequest
        {
            BucketName = _bucket,
            Key = "a",
            InputStream = new MemoryStream(new byte[Content.Length]),
            UseChunkEncoding = false,
        };
        forged.Metadata.Add(S3Uploads.HashKey, info.Sha256);
        await client.PutObjectAsync(forged);
        using (var again = await store.FetchAsync(info, default)) Assert.Equal(Content, again.ReadAllBytes());

        using var third = OtherMachine(out var fresh);
        var refusal = await Assert.ThrowsAsync<DataCorruptException>(() => fresh.FetchAsync(info, default));
        Assert.Contains($"a: it has changed since it was written (s3://{_bucket}/a)", refusal.Message);
    }

    [Fact]
    public async Task FetchAsync_ObjectOfAnotherProgram_IsHashed()
    {
        using var client = _server.Client();
        await client.PutObjectAsync(new PutObjectRequest
        {
            BucketName = _bucket,
            Key = "foreign",
            InputStream = new MemoryStream(Content),
            UseChunkEncoding = false,
        });
        var right = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Content));

        Assert.True(await Store.VerifyAsync(new ArtifactInfo("foreign", Content.Length, right), default));
        Assert.False(await Store.VerifyAsync(new ArtifactInfo("foreign", Content.Length, new string('1', 64)), default));
        await using var stream = await Store.OpenReadAsync("foreign", default);
        Assert.Equal(Content.Length, stream.Length);
    }

    [Fact]
    public async Task TwoPrefixes_OfOneBucket_AreTwoStores()
    {
        var (one, other) = (Open("teams/one/"), Open("teams/other/"));

        await one.WriteAsync("a", Write([1]), default);

        Assert.Null(await other.FindAsync("a", default));
        Assert.Equal(["a"], one.List("").Select(a => a.Name));
        Assert.Equal(["teams/one/a"], Store.List("").Select(a => a.Name));
    }

    [Fact]
    public async Task ListAsync_MoreThanAPage_HasAll()
    {
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 25), new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (i, ct) => await Store.WriteAsync($"many/{i:0000}", Write([1]), ct));

        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"many/{i:0000}"), Store.List("many/").Select(a => a.Name));
    }

    [Fact]
    public async Task AnyMethod_WrongKeyNoBucketOrNoServer_SaysSoInOneLine()
    {
        var location = new S3Place(_bucket, "", _server.Endpoint, null, PathStyle: true);
        var cache = new ArtifactCache(_cache.Path, 1 << 20);
        var wrong = new Amazon.Runtime.BasicAWSCredentials(LoopbackS3.AccessKey, "wrong");
        using var stranger = new S3ArtifactStore(location, S3Client.Create(location, wrong), cache);
        var refused = await Assert.ThrowsAsync<UnauthorizedAccessException>(() => stranger.WriteAsync("a", Write([1]), default));
        Assert.Contains("the server refuses", refused.Message);

        using var nowhere = new S3ArtifactStore(location with { Bucket = "none-of-that-name" }, _server.Client(), cache);
        var none = await Assert.ThrowsAsync<BadInputException>(() => nowhere.WriteAsync("a", Write([1]), default));
        Assert.Contains("no such bucket", none.Message);

        using var silent = new ReservedPort();
        var closed = location with { Endpoint = new Uri($"http://127.0.0.1:{silent.Number}") };
        using var away = new S3ArtifactStore(closed, S3Client.Create(closed, LoopbackS3.Credentials), cache);
        var failure = await Assert.ThrowsAsync<StoreUnreachableException>(() => away.WriteAsync("a", Write([1]), default));
        Assert.Contains($"Writing s3://{_bucket}/a: ", failure.Message);
        Assert.All([refused.Message, failure.Message], line => Assert.DoesNotContain('\n', line));
        Assert.Empty(Store.List(""));
    }

    [Fact]
    public async Task FindAsync_NoCredentials_IsARefusal()
    {
        var config = new Amazon.S3.AmazonS3Config
        {
            ServiceURL = _server.Endpoint.ToString(),
            Profile = new Amazon.Profile("none-of-that-name", Path.Combine(_cache.Path, "none")),
        };
        var place = new S3Place(_bucket, "", _server.Endpoint, null, PathStyle: true);
        using var store = new S3ArtifactStore(place, new Amazon.S3.AmazonS3Client(config), new ArtifactCache(_cache.Path, 1 << 20));

        var refused = await Assert.ThrowsAsync<UnauthorizedAccessException>(() => store.FindAsync("a", default));

        Assert.Contains($"Looking for s3://{_bucket}/a: there are no credentials to show to the server", refused.Message);
    }

    [Fact]
    public async Task Mark_OfSeveralWhoWriteItAtOnce_OneStandsAndItIsNoArtifact()
    {
        var place = new S3Place(_bucket, "team/", _server.Endpoint, null, PathStyle: true);
        using var client = _server.Client();
        var mark = new S3Mark(client, place, ".owner");
        Assert.Null(await mark.ReadAsync(default));

        await mark.WriteIfNoneAsync("first", default);
        await mark.WriteIfNoneAsync("second", default);

        Assert.Equal("first", await mark.ReadAsync(default));
        Assert.Empty(Open("team/").List(""));
    }

    /// <summary>A collection that has looked before the write and deletes after it.</summary>
    [Fact]
    public async Task WriteAsync_ACollectionIsAboutToDeleteTheName_WaitsAndIsThereAfterwards()
    {
        await Store.WriteAsync("old", Write(Content), default);
        var seen = await Store.FindAsync("old", default);
        using var client = _server.Client();
        var deletions = new S3Deletions(
            client, new S3Place(_bucket, "", _server.Endpoint, null, PathStyle: true), TimeProvider.System);
        Task<ArtifactInfo>? writing = null;

        var deleted = await deletions.DeleteAsync(seen!, async () =>
        {
            writing = Store.WriteAsync("old", Write([1, 2, 3]), default);
            while ((await Store.FindAsync("old", default))!.Size != 3) await Task.Delay(10);
            return seen;
        }, default);

        Assert.True(deleted);
        Assert.True(await Store.VerifyAsync(await writing!, default));
        Assert.Equal(["old"], Store.List("").Select(a => a.Name));
        Assert.Single((await client.ListObjectsV2Async(new() { BucketName = _bucket })).S3Objects);
    }

    /// <summary>It may be carried out later, when a writer that knows nothing of it has confirmed its object.</summary>
    [Fact]
    public async Task DeleteUnchanged_ServerFallsSilent_GivesUpAndStaysAnnounced()
    {
        await Store.WriteAsync("old", Write(Content), default);
        var seen = await Store.FindAsync("old", default);
        using var line = new StallingProxy(_server.Endpoint);
        var place = new S3Place(_bucket, "", line.Endpoint, null, PathStyle: true);
        using var slow = S3Client.Create(place, LoopbackS3.Credentials);
        var time = new FakeTimeProvider();
        var deleting = new S3Deletions(slow, place, time).DeleteAsync(seen!, () =>
        {
            line.Stall();
            return Task.FromResult(seen);
        }, default);

        await line.Stalled;
        time.Advance(S3Deletions.Allowed);

        await Assert.ThrowsAsync<TimeoutException>(() => deleting);

        using var client = _server.Client();
        var keys = (await client.ListObjectsV2Async(new() { BucketName = _bucket })).S3Objects.Select(o => o.Key);
        Assert.Equal([".deleting/old", "old"], keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task FetchAsync_ServerFallsSilentInTheMiddle_GoesOnWhereItStopped()
    {
        var content = new byte[3 << 20];
        new Random(2).NextBytes(content);
        var info = await Store.WriteAsync("long", Write(content), default);
        using var line = new StallingProxy(_server.Endpoint, answers: 1 << 20);
        var place = new S3Place(_bucket, "", line.Endpoint, null, PathStyle: true);
        var time = new FakeTimeProvider();
        using var cache = new TemporaryDirectory();
        using var store = new S3ArtifactStore(
            place, S3Client.Create(place, LoopbackS3.Credentials), new ArtifactCache(cache.Path, 1 << 30), time: time);

        var fetching = store.FetchAsync(info, default);
        await line.Stalled;
        // A reader's patience may end just when it has got what was on its way: then it is the next reading that waits in vain.
        while (!line.IsAskedAgain && !fetching.IsCompleted)
        {
            time.Advance(PatientReads.Patience);
            await Task.Delay(10);
        }
        using var fetched = await fetching;

        Assert.Equal(content, fetched.ReadAllBytes());
    }

    [Fact]
    public async Task FetchAsync_NoRoomHere_SaysSoAndNotThatTheServerIsAway()
    {
        using var disk = new SmallDisk();
        var info = await Store.WriteAsync("long", Write(new byte[3 << 20]), default);
        using var store = new S3ArtifactStore(
            new S3Place(_bucket, "", _server.Endpoint, null, PathStyle: true), _server.Client(), new ArtifactCache(disk.Path, 1 << 30));

        var error = await Assert.ThrowsAsync<StorageFullException>(() => store.FetchAsync(info, default));

        Assert.Contains(disk.Path, error.Message);
    }

    [Fact]
    public async Task SweepAsync_PartsOfADeadWriter_AreRemovedByTheirAge()
    {
        using var client = _server.Client();
        await client.InitiateMultipartUploadAsync(_bucket, "dead");
        var begun = DateTimeOffset.UtcNow;

        Assert.Equal(0, await Store.SweepAsync(begun.AddHours(-1), dryRun: false, default));
        Assert.Equal(1, await Store.SweepAsync(begun.AddHours(1), dryRun: true, default));
        Assert.Equal(1, await Store.SweepAsync(begun.AddHours(1), dryRun: false, default));

        Assert.Empty((await client.ListMultipartUploadsAsync(_bucket)).MultipartUploads ?? []);
    }

    [Fact]
    public async Task SweepAsync_AnnouncementsOfADeadCollection_AreRemovedByTheirAge()
    {
        using var client = _server.Client();
        foreach (var key in (string[])["team/.deleting/datasets/a", ".deleting/another-stores"])
        {
            await client.PutObjectAsync(
                new PutObjectRequest { BucketName = _bucket, Key = key, ContentBody = "", UseChunkEncoding = false });
        }
        var (store, now) = (Open("team/"), DateTimeOffset.UtcNow);

        Assert.Equal(0, await store.SweepAsync(now.AddHours(-1), dryRun: false, default));
        Assert.Equal(1, await store.SweepAsync(now.AddHours(1), dryRun: true, default));
        Assert.Equal(1, await store.SweepAsync(now.AddHours(1), dryRun: false, default));

        var left = (await client.ListObjectsV2Async(new() { BucketName = _bucket })).S3Objects;
        Assert.Equal([".deleting/another-stores"], left.Select(o => o.Key));
    }

    private S3ArtifactStore Open(string prefix) => new(
        new S3Place(_bucket, prefix, _server.Endpoint, null, PathStyle: true), _server.Client(), new ArtifactCache(_cache.Path, 1 << 30),
        PartBytes, pageSize: 10);

    private TemporaryDirectory OtherMachine(out IArtifactStore store)
    {
        var cache = new TemporaryDirectory();
        store = new S3ArtifactStore(
            new S3Place(_bucket, "", _server.Endpoint, null, PathStyle: true), _server.Client(), new ArtifactCache(cache.Path, 1 << 30),
            PartBytes);
        return cache;
    }
}
