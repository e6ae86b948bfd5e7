using System.Security.Cryptography;
using PgmCluster.Data.Artifacts;

namespace PgmCluster.Data.Tests.Artifacts;

/// <summary>Two caches of one directory stand for two processes: they share nothing but its files.</summary>
public sealed class ArtifactCacheTests : IDisposable
{
    private const int Size = 1000;

    private readonly TemporaryDirectory _directory = new();
    private int _fetched;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task GetAsync_Again_IsFetchedOnceForAllProcesses()
    {
        var (one, other) = (Cache(10 * Size), Cache(10 * Size));

        using (var first = await Get(one, 1)) Assert.Equal(Bytes(1), first.ReadAllBytes());
        using (var again = await Get(other, 1)) Assert.Equal(Bytes(1), again.ReadAllBytes());

        Assert.Equal(1, _fetched);
    }

    [Fact]
    public async Task GetAsync_ManyAtOnce_FetchesOnce()
    {
        var cache = Cache(10 * Size);

        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Get(cache, 1))));

        foreach (var fetched in all) fetched.Dispose();
        Assert.Equal(1, _fetched);
        Assert.Equal(0, cache.Busy);
    }

    [Fact]
    public async Task GetAsync_MoreThanTheLimit_WhatWasUsedLongestAgoLeaves()
    {
        var cache = Cache(3 * Size);
        foreach (var i in new[] { 1, 2, 3 }) (await Get(cache, i)).Dispose();
        // As if a minute lay between them.
        foreach (var i in new[] { 1, 2, 3 }) File.SetLastWriteTimeUtc(FileOf(i), DateTime.UtcNow.AddMinutes(i - 10));
        (await Get(cache, 1)).Dispose();

        (await Get(cache, 4)).Dispose();

        Assert.Equal([true, false, true, true], new[] { 1, 2, 3, 4 }.Select(i => File.Exists(FileOf(i))));
    }

    [Fact]
    public async Task GetAsync_WhatAnotherProcessHasOpen_StaysAboveTheLimit()
    {
        var (one, other) = (Cache(Size), Cache(Size));
        using var pinned = await Get(one, 1);

        using (var second = await Get(other, 2)) Assert.Equal(Bytes(2), second.ReadAllBytes());
        Assert.True(File.Exists(FileOf(1)));

        pinned.Dispose();
        (await Get(other, 3)).Dispose();
        Assert.Equal([false, false, true], new[] { 1, 2, 3 }.Select(i => File.Exists(FileOf(i))));
    }

    [Fact]
    public async Task GetAsync_ManySmall_TheLimitHoldsAndMostOfItIsUsed()
    {
        const long Limit = 100 * Size;
        var cache = Cache(Limit);
        for (var i = 0; i < 150; i++)
        {
            (await Get(cache, i)).Dispose();

            var (kept, least) = (Kept(), Math.Min((i + 1) * Size, Limit - 2 * Limit / 100));
            Assert.InRange(kept, least, Limit);
        }
    }

    [Fact]
    public async Task GetAsync_AnotherProcessFillsTheDirectory_IsSeenAfterAHundredth()
    {
        const int Many = 100;
        var (one, other) = (Cache(Many * Size), Cache(Many * Size));
        (await Get(one, 0)).Dispose();
        for (var i = 1; i < Many; i++) (await Get(other, i)).Dispose();

        for (var i = Many; i < Many + 2; i++) (await Get(one, i)).Dispose();

        Assert.InRange(Kept(), 0, Many * Size);
    }

    [Fact]
    public async Task GetAsync_AnotherProcessIsDeletingIt_WaitsAndFetchesAnew()
    {
        var cache = Cache(10 * Size);
        (await Get(cache, 1)).Dispose();
        var alone = new FileStream(FileOf(1), FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        var getting = Get(cache, 1);
        File.Delete(FileOf(1));
        alone.Dispose();

        using var fetched = await getting;
        Assert.Equal(Bytes(1), fetched.ReadAllBytes());
        Assert.Equal(2, _fetched);
    }

    [Fact]
    public async Task GetAsync_CopyWasDamaged_IsFetchedAnew()
    {
        var cache = Cache(10 * Size);
        (await Get(cache, 1)).Dispose();
        File.WriteAllBytes(FileOf(1), new byte[Size]);

        using var fetched = await Get(cache, 1);

        Assert.Equal(Bytes(1), fetched.ReadAllBytes());
        Assert.Equal(2, _fetched);
    }

    [Fact]
    public async Task GetAsync_ServerGivesOtherBytes_IsRefusedAndNothingIsKept()
    {
        var cache = Cache(10 * Size);

        await Assert.ThrowsAsync<DataCorruptException>(
            () => cache.GetAsync(Info(1), "s3://b/1", (to, ct) => to.WriteAsync(new byte[Size], ct).AsTask(), default));

        Assert.Empty(Directory.GetFiles(_directory.Path, "*", SearchOption.AllDirectories));
    }

    private long Kept() => new DirectoryInfo(_directory.Path).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);

    private static byte[] Bytes(int i) => [.. Enumerable.Repeat((byte)i, Size)];

    private static ArtifactInfo Info(int i) => new($"a/{i}", Size, Convert.ToHexStringLower(SHA256.HashData(Bytes(i))));

    private ArtifactCache Cache(long limit) => new(_directory.Path, limit);

    private Task<FetchedArtifact> Get(ArtifactCache cache, int i) => cache.GetAsync(Info(i), $"s3://b/{i}", async (to, ct) =>
    {
        Interlocked.Increment(ref _fetched);
        await to.WriteAsync(Bytes(i), ct);
    }, default);

    private string FileOf(int i) => _directory.File($"{Info(i).Sha256[..2]}/{Info(i).Sha256}");
}
