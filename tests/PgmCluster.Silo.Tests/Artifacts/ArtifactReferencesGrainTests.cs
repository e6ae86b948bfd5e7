using System.Text.Json;
using PgmCluster.Contracts.Artifacts;
using PgmCluster.Contracts.Errors;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Sqlite;
using PgmCluster.Silo.TestHost;

namespace PgmCluster.Silo.Tests.Artifacts;

/// <summary>What the records in a real database name.</summary>
public sealed class ArtifactReferencesGrainTests : IAsyncLifetime
{
    private readonly TemporaryHome _home = new();
    private PgmSiloHost _silo = null!;

    public async Task InitializeAsync()
    {
        var options = SiloFixture.Options(_home.Path);
        _silo = await PgmSiloHost.StartAsync(options, builder => builder.AddPgmParts(options));
    }

    public async Task DisposeAsync()
    {
        await _silo.DisposeAsync();
        _home.Dispose();
    }

    [Fact]
    public async Task Read_ManyArtifacts_AllComeInPartsThatMessagesHold()
    {
        const int Many = 3500;
        var names = Enumerable.Range(0, Many).Select(i => $"runs/r1/file-{i:0000}.bin").ToList();
        await Write("r1", names.Take(3000));
        await Write("r2", names.Skip(3000));

        var parts = await ReadAsync();

        Assert.Empty(parts[0].Uses);
        Assert.Empty(parts[0].Jobs);
        Assert.All(parts, p => Assert.Equal(parts[0].ArtifactId, p.ArtifactId));
        Assert.NotNull(parts[0].ArtifactId);
        Assert.All(parts, p => Assert.InRange(p.Uses.Count + p.Jobs.Count, 0, 1000));
        var uses = parts.SelectMany(p => p.Uses).ToList();
        Assert.Equal(names, uses.Select(u => u.Artifact.Name).Order(StringComparer.Ordinal));
        Assert.Equal([3000, 500], uses.CountBy(u => u.Owner).OrderBy(u => u.Key, StringComparer.Ordinal).Select(u => u.Value));
        Assert.Superset(new HashSet<string> { "r1", "r2" }, parts.SelectMany(p => p.Jobs).ToHashSet());
    }

    [Fact]
    public async Task Read_ARecordIsDamaged_IsNamed()
    {
        await Write("r1", ["runs/r1/file.bin"]);
        var database = StateDatabase.Open(_home.DatabasePath);
        using (var connection = database.Connect())
            connection.Execute("UPDATE PgmGrainState SET PayloadBinary = @Half WHERE GrainIdExtensionString = 'r1'", ("@Half", "{"u8.ToArray()));
        database.Release();

        var error = await Assert.ThrowsAsync<PgmException>(ReadAsync);

        Assert.StartsWith("Reading what probe 'r1' refers to: its record is no JSON", error.Message, StringComparison.Ordinal);
    }

    private Task<int> Write(string key, IEnumerable<string> names) => _silo.Grains.GetGrain<IProbeGrain>(key)
        .Write(JsonSerializer.Serialize(names.Select(name => new { name, size = 3, sha256 = new string('1', 64) })));

    private async Task<List<StoredReferences>> ReadAsync()
    {
        var parts = new List<StoredReferences>();
        await foreach (var part in _silo.Grains.GetGrain<IArtifactReferencesGrain>("all").Read(default)) parts.Add(part);
        return parts;
    }
}
