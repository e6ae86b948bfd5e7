using System.Security.Cryptography;
using PgmCluster.Contracts.Artifacts;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Silo.Hosting;

namespace PgmCluster.Silo.Tests.Artifacts;

/// <summary>Files between a client and the store, through a silo.</summary>
public sealed class ArtifactTransferTests(ArtifactTransferTests.WholeSilo silo)
    : IClassFixture<ArtifactTransferTests.WholeSilo>, IAsyncLifetime
{
    private readonly TemporaryHome _files = new();
    private SiloConnection _connection = null!;

    private IGrainFactory Client => _connection.Client;

    public async Task InitializeAsync() => _connection = await SiloConnection.ConnectAsync(silo.Silo.Endpoint);

    public async Task DisposeAsync()
    {
        await _connection.DisposeAsync();
        _files.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1 << 20)]
    [InlineData((3 << 20) + 17)]
    public async Task AFile_GoesThereAndComesBack(int size)
    {
        var (sent, received) = (Path.Combine(_files.Path, "weights.CKPT"), Path.Combine(_files.Path, "back"));
        var bytes = RandomNumberGenerator.GetBytes(size);
        File.WriteAllBytes(sent, bytes);
        File.WriteAllText(received, "what was there before");

        var stored = await Client.UploadAsync(sent);
        var again = await Client.UploadAsync(sent);
        await Client.DownloadAsync(stored, received);

        var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
        Assert.Equal(new ArtifactReference($"imports/{sha256[..16]}.ckpt", size, sha256), stored);
        Assert.Equal(stored, again);
        Assert.Equal(bytes, File.ReadAllBytes(Path.Combine(silo.Home, "artifacts", stored.Name)));
        Assert.Equal(bytes, File.ReadAllBytes(received));
        Assert.Equal(["back", "weights.CKPT"], Directory.GetFiles(_files.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    /// <summary>Two clients send one file at the same time: what one has sent the other need not.</summary>
    [Fact]
    public async Task AFile_SentByTwoAtOnce_IsThereOnce()
    {
        var file = Path.Combine(_files.Path, "both");
        File.WriteAllBytes(file, RandomNumberGenerator.GetBytes(5 << 20));

        var stored = await Task.WhenAll(Client.UploadAsync(file), Client.UploadAsync(file));

        Assert.Equal(stored[0], stored[1]);
    }

    [Fact]
    public async Task Append_APartThatIsNotTheNext_ChangesNothing()
    {
        var bytes = RandomNumberGenerator.GetBytes(300);
        var upload = Client.GetGrain<IArtifactUploadGrain>(Convert.ToHexStringLower(SHA256.HashData(bytes)));

        Assert.Equal(0, await upload.Append(".bin", 100, bytes[100..], default));
        Assert.Equal(100, await upload.Append(".bin", 0, bytes[..100], default));
        Assert.Null(await upload.Complete(".bin", 300, default));
        Assert.Equal(100, await upload.Append(".bin", 0, bytes[..100], default));
        Assert.Equal(300, await upload.Append(".bin", 100, bytes[100..], default));
        Assert.Equal(300, (await upload.Complete(".bin", 300, default))!.Size);
        // The answer was lost on its way, and the call comes again.
        Assert.Equal(300, (await upload.Complete(".bin", 300, default))!.Size);
    }

    [Fact]
    public async Task Complete_ContentOfAnotherHash_StoresNothing()
    {
        var sha256 = new string('a', 64);
        var upload = Client.GetGrain<IArtifactUploadGrain>(sha256);
        await upload.Append("", 0, [1, 2, 3], default);

        var refused = await Assert.ThrowsAsync<InvalidRequestException>(() => upload.Complete("", 3, default));

        Assert.Contains("it changed while it was sent", refused.Message);
        Assert.False(File.Exists(Path.Combine(silo.Home, "artifacts", "imports", sha256[..16])));
        Assert.Equal(0, await upload.Append("", 5, [1], default));
    }

    /// <summary>Whoever gave a file up that changed has left a part of something else.</summary>
    [Fact]
    public async Task AFile_OfWhichSomethingElseHasCome_IsSentFromTheBeginning()
    {
        var file = Path.Combine(_files.Path, "honest");
        File.WriteAllBytes(file, RandomNumberGenerator.GetBytes(1000));
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
        await Client.GetGrain<IArtifactUploadGrain>(sha256).Append("", 0, new byte[10], default);

        var stored = await Client.UploadAsync(file);

        Assert.Equal(sha256, stored.Sha256);
        Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(silo.Home, "artifacts", stored.Name)));
    }

    [Fact]
    public async Task AFile_UnderTwoEndings_IsTakenForBoth()
    {
        byte[] bytes = [1, 2, 3, 4];
        var upload = Client.GetGrain<IArtifactUploadGrain>(Convert.ToHexStringLower(SHA256.HashData(bytes)));

        Assert.Equal(2, await upload.Append(".a", 0, bytes[..2], default));
        Assert.Equal(4, await upload.Append(".b", 0, bytes, default));
        Assert.Equal(4, await upload.Append(".a", 2, bytes[2..], default));

        Assert.EndsWith(".b", (await upload.Complete(".b", 4, default))!.Name);
        Assert.EndsWith(".a", (await upload.Complete(".a", 4, default))!.Name);
    }

    /// <summary>Each holds a file or a connection of the silo's.</summary>
    [Fact]
    public async Task Uploads_BegunAndLeft_AreLimited()
    {
        var begun = new List<IArtifactUploadGrain>();
        PgmException? refused = null;
        for (var i = 0; i < 70 && refused is null; i++)
        {
            var upload = Client.GetGrain<IArtifactUploadGrain>($"{i:x64}");
            try
            {
                await upload.Append("", 0, [1], default);
                begun.Add(upload);
            }
            catch (PgmException e)
            {
                refused = e;
            }
        }
        foreach (var upload in begun) await Assert.ThrowsAsync<InvalidRequestException>(() => upload.Complete("", 1, default));

        Assert.Equal(PgmErrorCode.Conflict, refused?.Code);
        Assert.InRange(begun.Count, 55, 64);
    }

    /// <summary>What has come of a file lies in the store before any quota sees it.</summary>
    [Fact]
    public async Task Uploads_OfMoreBytesThanASiloHasRoomFor_AreRefusedUntilOthersAreDone()
    {
        using var home = new TemporaryHome();
        var options = SiloFixture.Options(home.Path);
        options.UploadBytes = 3 << 20;
        await using var small = await PgmSiloHost.StartAsync(options, builder => builder.AddPgmParts(options));
        await using var connection = await SiloConnection.ConnectAsync(small.Endpoint);
        var (first, second) = (RandomNumberGenerator.GetBytes(2 << 20), Path.Combine(_files.Path, "second"));
        File.WriteAllBytes(second, RandomNumberGenerator.GetBytes(2 << 20));
        var upload = connection.Client.GetGrain<IArtifactUploadGrain>(Convert.ToHexStringLower(SHA256.HashData(first)));
        await upload.Append("", 0, first[..(1 << 20)], default);
        await upload.Append("", 1 << 20, first[(1 << 20)..], default);

        var refused = await Assert.ThrowsAsync<PgmException>(() => connection.Client.UploadAsync(second));
        Assert.Equal(PgmErrorCode.Conflict, refused.Code);
        Assert.Contains("Pgm:UploadBytes allows 3145728", refused.Message);
        Assert.Equal(first.Length, (await upload.Complete("", first.Length, default))!.Size);
        Assert.Equal(2 << 20, (await connection.Client.UploadAsync(second)).Size);
    }

    [Theory]
    [InlineData("A", ".ckpt", 1, "that is no SHA-256")]
    [InlineData(null, "/../../x", 1, "with the ending '/../../x'")]
    [InlineData(null, ".ckpt\n", 1, "with the ending")]
    [InlineData(null, ".ckpt", 0, "it has 0 bytes")]
    [InlineData(null, ".ckpt", (1 << 20) + 1, "it has 1048577 bytes")]
    public async Task Append_OfWhatItMustNotBe_IsRefusedInOneLine(string? key, string ending, int size, string expected)
    {
        var upload = Client.GetGrain<IArtifactUploadGrain>(key ?? new string('b', 64));

        var refused = await Assert.ThrowsAsync<InvalidRequestException>(() => upload.Append(ending, 0, new byte[size], default));

        Assert.Contains(expected, refused.Message);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public async Task Read_OutsideOfTheStore_IsRefused()
    {
        var artifacts = Client.GetGrain<IArtifactsGrain>("default");
        ArtifactReference Of(string name) => new(name, 10, new string('0', 64));

        foreach (var name in new[] { "../state/pgm.db", "/etc/passwd", "runs/../../state", "" })
            await Assert.ThrowsAsync<InvalidRequestException>(() => artifacts.Read(Of(name), 0, default));
        await Assert.ThrowsAsync<InvalidRequestException>(() => artifacts.Read(Of("runs/x"), 11, default));
        await Assert.ThrowsAsync<InvalidRequestException>(() => artifacts.Read(Of("runs/x"), -1, default));
        await Assert.ThrowsAsync<InvalidRequestException>(() => artifacts.Read(null!, 0, default));
        var missing = await Assert.ThrowsAsync<NotFoundException>(() => artifacts.Read(Of("runs/x"), 0, default));
        Assert.Contains("has none of that name", missing.Message);
    }

    [Fact]
    public async Task Download_OfWhatHasChanged_LeavesWhatWasThere()
    {
        var (sent, received) = (Path.Combine(_files.Path, "weights"), Path.Combine(_files.Path, "back"));
        File.WriteAllBytes(sent, RandomNumberGenerator.GetBytes(1000));
        File.WriteAllText(received, "before");
        var stored = await Client.UploadAsync(sent);
        var place = Path.Combine(silo.Home, "artifacts", stored.Name);
        var changed = File.ReadAllBytes(place);
        changed[500] ^= 1;
        File.Delete(place);
        File.WriteAllBytes(place, changed);

        var other = await Assert.ThrowsAsync<PgmException>(() => Client.DownloadAsync(stored, received));
        File.WriteAllBytes(place, changed[..999]);
        var shorter = await Assert.ThrowsAsync<PgmException>(() => Client.DownloadAsync(stored, received));

        Assert.Contains("it came with SHA-256", other.Message);
        Assert.Contains("it has 999 bytes, and 1000 were written", shorter.Message);
        Assert.Equal("before", File.ReadAllText(received));
        Assert.Equal(2, Directory.GetFiles(_files.Path).Length);
    }

    /// <summary>A silo with everything that grains need.</summary>
    public sealed class WholeSilo : IAsyncLifetime
    {
        private readonly TemporaryHome _home = new();

        public PgmSiloHost Silo { get; private set; } = null!;

        public string Home => _home.Path;

        public async Task InitializeAsync()
        {
            var options = SiloFixture.Options(_home.Path);
            Silo = await PgmSiloHost.StartAsync(options, builder => builder.AddPgmParts(options));
        }

        public async Task DisposeAsync()
        {
            await Silo.DisposeAsync();
            _home.Dispose();
        }
    }
}
