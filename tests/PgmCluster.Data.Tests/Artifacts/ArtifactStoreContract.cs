using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using PgmCluster.Data.Artifacts;
using PgmCluster.TestSupport;

namespace PgmCluster.Data.Tests.Artifacts;

/// <summary>What every artifact store promises.</summary>
public abstract class ArtifactStoreContract
{
    protected static readonly byte[] Content = [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * 7))];

    /// <summary>So often what may collide is tried.</summary>
    protected virtual int Rounds => 50;

    /// <summary>Empty at first.</summary>
    protected abstract IArtifactStore Store { get; }

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("..")]
    [InlineData("a/../b")]
    [InlineData("./a")]
    [InlineData("a/.hidden")]
    [InlineData("a\\b")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    public async Task AnyMethod_BadName_Throws(string name)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Store.FindAsync(name, default));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.OpenReadAsync(name, default));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.FetchAsync(new ArtifactInfo(name, 0, new string('0', 64)), default));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.DeleteAsync(name, default));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.WriteAsync(name, Write(Content), default));
        Assert.Empty(Store.List(""));
    }

    [Fact]
    public async Task FindAsync_SegmentTooLong_Throws() =>
        await Assert.ThrowsAsync<ArgumentException>(() => Store.FindAsync(new string('x', 256), default));

    [Theory]
    [InlineData("runs/r1/step 5.bin")]
    [InlineData("runs/Größe+1%20 & more=#?.bin")]
    public async Task WriteAsync_NewName_ReportsSizeAndHashAndReadsBack(string name)
    {
        var info = await Store.WriteAsync(name, Write(Content), default);

        Assert.Equal(new ArtifactInfo(name, Content.Length, Convert.ToHexStringLower(SHA256.HashData(Content))), info);
        var found = await Store.FindAsync(name, default);
        Assert.Equal((name, Content.Length), (found!.Name, found.Size));
        Assert.Equal([found], Store.List(""));
        using var fetched = await Store.FetchAsync(info, default);
        Assert.Equal(Content, fetched.ReadAllBytes());
        await using var stream = await Store.OpenReadAsync(name, default);
        Assert.Equal(Content.Length, stream.Length);
        stream.Position = 50_000;
        Assert.Equal(Content[50_000], stream.ReadByte());
    }

    [Fact]
    public async Task WriteAsync_NothingAtAll_IsAnArtifact()
    {
        var info = await Store.WriteAsync("empty", (_, _) => Task.CompletedTask, default);

        Assert.Equal(0, info.Size);
        Assert.True(await Store.VerifyAsync(info, default));
        Assert.Single(Store.List(""));
    }

    [Fact]
    public async Task WriteAsync_SynchronousWrites_HashToo()
    {
        var info = await Store.WriteAsync("a", (stream, _) =>
        {
            stream.Write(Content, 0, 10);
            stream.WriteByte(Content[10]);
            stream.Write(Content.AsSpan(11));
            return Task.CompletedTask;
        }, default);

        Assert.True(await Store.VerifyAsync(info, default));
        Assert.Equal(Content.Length, info.Size);
    }

    /// <summary>What a device gives is read by the device's own thread.</summary>
    [Fact]
    public void Write_Callback_RunsOnTheCallersThread()
    {
        var thread = 0;
        Store.Write("a", _ => thread = Environment.CurrentManagedThreadId);
        Assert.Equal(Environment.CurrentManagedThreadId, thread);
    }

    [Fact]
    public async Task WriteAsync_ExistingName_ReplacesItAndKeepsReaders()
    {
        var first = await Store.WriteAsync("a", Write([1, 2, 3]), default);
        await using var reader = await Store.OpenReadAsync("a", default);

        var second = await Store.WriteAsync("a", Write([4]), default);

        Assert.False(await Store.VerifyAsync(first, default));
        Assert.True(await Store.VerifyAsync(second, default));
        Assert.Equal(3, reader.ReadAtLeast(new byte[3], 3));
    }

    [Fact]
    public async Task FetchAsync_DeletedOrRewrittenMeanwhile_KeepsTheContentForEveryWayOfReading()
    {
        var info = await Store.WriteAsync("runs/a", Write(Content), default);
        using var deleted = await Store.FetchAsync(info, default);
        await Store.DeleteAsync(info.Name, default);
        await Store.WriteAsync(info.Name, Write([1]), default);

        Assert.Equal(Content, deleted.ReadAllBytes());
        await using (var stream = deleted.OpenRead()) Assert.Equal(Content.Length, stream.Length);
        using (var map = MemoryMappedFile.CreateFromFile(deleted.Path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read))
        using (var view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read))
        {
            deleted.Dispose();
            Assert.Equal(Content[^1], view.ReadByte(Content.Length - 1));
        }
    }

    [Fact]
    public async Task FetchAsync_MissingOrOther_IsRefusedAndNamed()
    {
        var info = await Store.WriteAsync("a/x.bin", Write(Content), default);
        byte[] other = [.. Content[..^1], (byte)(Content[^1] ^ 1)];

        await Store.WriteAsync("a/x.bin", Write(other), default);
        Assert.Contains("a/x.bin: it has changed since it was written (", await Refusal());
        await Store.WriteAsync("a/x.bin", Write(Content[..^1]), default);
        Assert.Contains("99999 bytes instead of 100000", await Refusal());
        await Store.DeleteAsync("a/x.bin", default);
        Assert.Contains("a/x.bin: it is missing", await Refusal());
        await Assert.ThrowsAsync<FileNotFoundException>(() => Store.OpenReadAsync("a/x.bin", default));

        async Task<string> Refusal() =>
            (await Assert.ThrowsAsync<DataCorruptException>(() => Store.FetchAsync(info, default))).Message;
    }

    [Fact]
    public async Task WriteAsync_CallbackFails_LeavesEverythingAsItWas()
    {
        var before = await Store.WriteAsync("a", Write([1, 2, 3]), default);

        await Assert.ThrowsAsync<InvalidOperationException>(() => Store.WriteAsync("a", async (stream, ct) =>
        {
            await stream.WriteAsync(Content, ct);
            throw new InvalidOperationException("no");
        }, default));

        Assert.True(await Store.VerifyAsync(before, default));
        Assert.Single(Store.List(""));
    }

    [Fact]
    public async Task WriteAsync_Cancelled_LeavesNothing()
    {
        using var source = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.WriteAsync("a", async (stream, _) =>
        {
            await stream.WriteAsync(Content);
            source.Cancel();
        }, source.Token));

        Assert.Empty(Store.List(""));
    }

    [Fact]
    public async Task WriteAsync_InProgress_IsInvisible()
    {
        await Store.WriteAsync("d/a", async (stream, ct) =>
        {
            await stream.WriteAsync(Content, ct);
            await stream.FlushAsync(ct);
            Assert.Null(await Store.FindAsync("d/a", ct));
            Assert.Empty(Store.List(""));
            await Assert.ThrowsAsync<FileNotFoundException>(() => Store.OpenReadAsync("d/a", ct));
        }, default);

        Assert.Equal(["d/a"], Names(""));
    }

    [Fact]
    public async Task WriteAsync_ManyWritersOfOneName_LeaveOneWholeContent()
    {
        var infos = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() =>
            Store.WriteAsync("x/y", Write([.. Enumerable.Repeat((byte)i, 20_000 + i)]), default))));

        var matches = await Task.WhenAll(infos.Select(info => Store.VerifyAsync(info, default)));
        Assert.Single(matches, true);
        Assert.Equal(["x/y"], Names(""));
    }

    /// <summary>The last artifact of a folder goes while the next comes.</summary>
    [Fact]
    public async Task WriteAndDelete_AtTheSameTime_NeitherFailsAndEveryWriteIsWhole()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < Rounds; i++)
            {
                var info = await Store.WriteAsync($"jobs/deep/{writer % 2}", Write([.. Enumerable.Repeat((byte)i, 100)]), default);
                await foreach (var found in Store.ListAsync("jobs/", default)) Assert.Equal(100, found.Size);
                await Store.DeleteAsync(info.Name, default);
            }
        })));

        Assert.Empty(Store.List(""));
    }

    [Fact]
    public async Task ListAsync_Prefix_IsSortedAndExact()
    {
        foreach (var name in new[] { "runs/b/2", "runs/a/10", "runs/a/9", "runs/ab", "runs/a.b", "tokens/x" })
            await Store.WriteAsync(name, Write([1]), default);

        Assert.Equal(["runs/a.b", "runs/a/10", "runs/a/9", "runs/ab", "runs/b/2", "tokens/x"], Names(""));
        Assert.Equal(["runs/a.b", "runs/a/10", "runs/a/9", "runs/ab"], Names("runs/a"));
        Assert.Equal(["runs/a/10", "runs/a/9"], Names("runs/a/"));
        Assert.Equal(["tokens/x"], Names("to"));
        Assert.Empty(Names("none/"));
        Assert.Empty(Names("/"));
        Assert.Throws<ArgumentException>(() => Names("../x/"));
    }

    [Fact]
    public async Task DeleteAsync_PresentThenMissing_IsNoError()
    {
        await Store.WriteAsync("a/b", Write([1]), default);

        await Store.DeleteAsync("a/b", default);
        await Store.DeleteAsync("a/b", default);

        Assert.Null(await Store.FindAsync("a/b", default));
    }

    [Fact]
    public async Task DeleteUnchangedAsync_AsItWasSeen_IsGoneAndMissingIsNoError()
    {
        await Store.WriteAsync("a/b", Write(Content), default);
        var seen = await Store.FindAsync("a/b", default);

        Assert.True(await Store.DeleteUnchangedAsync(seen!, default));
        Assert.False(await Store.DeleteUnchangedAsync(seen!, default));

        Assert.Empty(Store.List(""));
    }

    [Fact]
    public async Task DeleteUnchangedAsync_OtherBytesByNow_AreKept()
    {
        await Store.WriteAsync("a", Write(Content), default);
        var seen = await Store.FindAsync("a", default);
        var other = await Store.WriteAsync("a", Write([1]), default);

        Assert.False(await Store.DeleteUnchangedAsync(seen!, default));

        Assert.True(await Store.VerifyAsync(other, default));
    }

    [Fact]
    public async Task HashAsync_ReadsWhatIsStored()
    {
        var info = await Store.WriteAsync("a", Write(Content), default);

        Assert.Equal(info, await Store.HashAsync("a", default));
        Assert.Null(await Store.HashAsync("b", default));
    }

    protected static Func<Stream, CancellationToken, Task> Write(byte[] content) =>
        (stream, ct) => stream.WriteAsync(content, ct).AsTask();

    private List<string> Names(string prefix) => [.. Store.List(prefix).Select(a => a.Name)];
}
