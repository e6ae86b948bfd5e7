using System.Text.Json;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Silo.Backups;
using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.TestHost;

namespace PgmCluster.Silo.Tests.Backups;

/// <summary>Backups of a silo that works.</summary>
public sealed class HomeBackupTests : IAsyncLifetime
{
    private static readonly byte[] s_content = [1, 2, 3];

    private readonly TemporaryHome _home = new(), _restored = new();
    private SiloOptions _options = null!;
    private PgmSiloHost _silo = null!;
    private ArtifactInfo _artifact = null!;

    private string Backup => Path.Combine(_home.Path, "backup");

    private DirectoryArtifactStore Store => new(_options.ArtifactsPlace);

    private SiloOptions Restored => SiloFixture.Options(_restored.Path);

    public async Task InitializeAsync()
    {
        _options = SiloFixture.Options(_home.Path);
        _silo = await PgmSiloHost.StartAsync(_options, builder => builder.AddPgmParts(_options));
        _artifact = await Store.WriteAsync("runs/r1/file.bin", (stream, ct) => stream.WriteAsync(s_content, ct).AsTask(), default);
        await Probe(_silo).Write(JsonSerializer.Serialize(new { name = _artifact.Name, size = _artifact.Size, sha256 = _artifact.Sha256 }));
    }

    public async Task DisposeAsync()
    {
        await _silo.DisposeAsync();
        _home.Dispose();
        _restored.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Restore_ARecordIsThere_AndItsArtifactIfItWasCopied(bool withArtifacts)
    {
        var made = await HomeBackup.WriteAsync(_options, Backup, () => Store, withArtifacts, default);
        Assert.Equal((1, 3L, 0), (made.Artifacts, made.Bytes, made.Missing.Count));
        // Of what comes afterwards nothing is in it.
        await Probe(_silo).Write("later");

        var store = new DirectoryArtifactStore(Restored.ArtifactsPlace);
        var report = await HomeRestore.RunAsync(Restored, Backup, store, _ => { }, default);

        Assert.Equal(made.Rows, report.Rows);
        Assert.Equal(withArtifacts ? [] : [_artifact], report.Missing);
        Assert.Equal(withArtifacts ? _artifact : null, await store.HashAsync(_artifact.Name, default));
        await using var silo = await PgmSiloHost.StartAsync(Restored, builder => builder.AddPgmParts(Restored));
        var reading = await Probe(silo).Read();
        Assert.Contains(_artifact.Sha256, reading.Text);
        Assert.Equal(1, reading.Count);
    }

    [Fact]
    public async Task Backup_AnArtifactIsGone_IsNamed_AndTheRestIsThere()
    {
        await Store.DeleteAsync(_artifact.Name, default);
        var made = await HomeBackup.WriteAsync(_options, Backup, () => Store, withFiles: true, default);
        Assert.Equal([_artifact], made.Missing);
        Assert.True(File.Exists(Path.Combine(Backup, "state.db")));
    }

    [Theory]
    [InlineData("state.db", "has changed since it was written")]
    [InlineData("artifacts.jsonl", "has changed since it was written")]
    [InlineData("backup.json", "is damaged")]
    public async Task Restore_ABackupThatIsDamaged_IsRefusedAndChangesNothing(string file, string said)
    {
        await HomeBackup.WriteAsync(_options, Backup, () => Store, withFiles: false, default);
        await File.AppendAllTextAsync(Path.Combine(Backup, file), "x");

        var refused = await Assert.ThrowsAsync<DataCorruptException>(
            () => HomeRestore.RunAsync(Restored, Backup, new DirectoryArtifactStore(Restored.ArtifactsPlace), _ => { }, default));

        Assert.Contains(said, refused.Message);
        Assert.False(File.Exists(Restored.StatePath));
    }

    [Fact]
    public async Task Restore_OverAClusterThatIsThere_AndBackup_OverADirectoryThatIsThere_AreRefused()
    {
        await HomeBackup.WriteAsync(_options, Backup, () => Store, withFiles: false, default);
        var present = await Assert.ThrowsAsync<BadInputException>(() => HomeRestore.RunAsync(_options, Backup, Store, _ => { }, default));
        Assert.Contains("cluster 'pgm' has state in", present.Message);
        await Assert.ThrowsAsync<BadInputException>(() => HomeBackup.WriteAsync(_options, Backup, () => Store, withFiles: false, default));
        Assert.DoesNotContain(Directory.EnumerateDirectories(_home.Path), d => d.Contains("unfinished", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Backup_WithTheStoreOfAnotherCluster_IsRefused()
    {
        var other = Path.Combine(_restored.Path, "other");
        ArtifactOwner.Claim(other, "another", "production", "'db' at server");
        var options = SiloFixture.Options(_home.Path);
        options.Artifacts = other;

        var refused = await Assert.ThrowsAsync<SiloStartException>(
            () => HomeBackup.WriteAsync(options, Backup, () => new DirectoryArtifactStore(other), withFiles: true, default));

        Assert.Contains("it holds the files of cluster 'production'", refused.Message);
        Assert.False(Directory.Exists(Backup));
    }

    private static IProbeGrain Probe(PgmSiloHost silo) => silo.Grains.GetGrain<IProbeGrain>("r1");
}
