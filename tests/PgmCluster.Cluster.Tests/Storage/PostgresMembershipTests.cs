using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Runtime.MembershipService;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Postgres;

namespace PgmCluster.Cluster.Tests.Storage;

/// <summary>The framework's own membership table over our statements, by several connections at once.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresMembershipTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly DateTime s_now = new(2026, 5, 4, 3, 2, 1, DateTimeKind.Utc);
    private readonly ServiceProvider _services = new ServiceCollection().BuildServiceProvider();
    private PostgresDatabase? _database;
    private AdoNetClusteringTable? _made;

    /// <summary>Skips the test where there is no server.</summary>
    private AdoNetClusteringTable Table => _made ?? throw new PgmCluster.TestSupport.SkippedException($"PostgreSQL cannot run here: {Cli.Clusters.PostgresServer.Missing}");

    public async Task InitializeAsync()
    {
        if (Cli.Clusters.PostgresServer.Missing is not null) return;
        _database = await PostgresDatabase.OpenAsync((await postgres.CreateDatabaseAsync()).ConnectionString, TimeSpan.Zero, null, TimeProvider.System, None);
        _made = TableOf("pgm");
        await _made.InitializeMembershipTableAsync(true, None);
    }

    public Task DisposeAsync()
    {
        _database?.Release();
        _services.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task InsertRow_CurrentVersion_IsStoredAndRaisesTheVersion()
    {
        var before = await Table.ReadAllAsync(None);
        var entry = Entry(1);

        Assert.True(await Table.InsertRowAsync(entry, before.Version.Next(), None));

        var after = await Table.ReadAllAsync(None);
        Assert.Equal(before.Version.Version + 1, after.Version.Version);
        var stored = Assert.Single(after.Members).Item1;
        Assert.Equal((entry.SiloAddress, entry.SiloName, entry.HostName, entry.Status, entry.ProxyPort, entry.StartTime, entry.IAmAliveTime),
            (stored.SiloAddress, stored.SiloName, stored.HostName, stored.Status, stored.ProxyPort, stored.StartTime, stored.IAmAliveTime));
    }

    [Fact]
    public async Task InsertRow_StaleVersionOrKnownSilo_IsRefusedAndLeavesTheVersion()
    {
        var stale = await Table.ReadAllAsync(None);
        Assert.True(await Table.InsertRowAsync(Entry(1), stale.Version.Next(), None));

        Assert.False(await Table.InsertRowAsync(Entry(2), stale.Version.Next(), None));
        var current = await Table.ReadAllAsync(None);
        Assert.False(await Table.InsertRowAsync(Entry(1), current.Version.Next(), None));

        Assert.Equal(current.Version.Version, (await Table.ReadAllAsync(None)).Version.Version);
        Assert.Single(current.Members);
    }

    [Fact]
    public async Task InsertRow_ManyAtOnceWithOneVersion_OneWins()
    {
        for (var round = 0; round < 10; round++)
        {
            var seen = await Table.ReadAllAsync(None);
            var first = 100 * round;

            var outcomes = await Task.WhenAll(Enumerable.Range(first, 8).Select(generation => Task.Run(() => Table.InsertRowAsync(Entry(generation + 1), seen.Version.Next(), None))));

            Assert.Single(outcomes, won => won);
            var after = await Table.ReadAllAsync(None);
            Assert.Equal((seen.Version.Version + 1, seen.Members.Count + 1), (after.Version.Version, after.Members.Count));
        }
    }

    [Fact]
    public async Task UpdateRow_ManyAtOnceWithOneVersion_OneWins()
    {
        await Insert(Entry(1));
        for (var round = 0; round < 10; round++)
        {
            var seen = await Table.ReadAllAsync(None);
            var (entry, etag) = seen.Members[0];

            var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Table.UpdateRowAsync(entry, etag, seen.Version.Next(), None))));

            Assert.Single(outcomes, won => won);
            Assert.Equal(seen.Version.Version + 1, (await Table.ReadAllAsync(None)).Version.Version);
        }
    }

    [Fact]
    public async Task UpdateRow_DeadAndSuspected_IsReadBack_AndAStaleVersionIsRefused()
    {
        await Insert(Entry(1));
        var stale = await Table.ReadAllAsync(None);
        var (entry, etag) = Assert.Single(stale.Members);
        entry.AddSuspector(SiloAddress.New(IPAddress.Loopback, 7, 8), s_now);
        entry.Status = SiloStatus.Dead;
        Assert.True(await Table.UpdateRowAsync(entry, etag, stale.Version.Next(), None));

        entry.Status = SiloStatus.Active;
        Assert.False(await Table.UpdateRowAsync(entry, etag, stale.Version.Next(), None));

        var after = await Table.ReadRowAsync(entry.SiloAddress, None);
        Assert.Equal(stale.Version.Version + 1, after.Version.Version);
        Assert.Equal(SiloStatus.Dead, Assert.Single(after.Members).Item1.Status);
        Assert.Single(after.Members[0].Item1.SuspectTimes!);
    }

    [Fact]
    public async Task UpdateRow_NobodyOfThatName_IsRefusedAndLeavesTheVersion()
    {
        await Insert(Entry(1));
        var seen = await Table.ReadAllAsync(None);

        Assert.False(await Table.UpdateRowAsync(Entry(2), seen.Members[0].Item2, seen.Version.Next(), None));

        Assert.Equal(seen.Version.Version, (await Table.ReadAllAsync(None)).Version.Version);
    }

    [Fact]
    public async Task UpdateIAmAlive_ChangesTheTimeButNotTheVersion()
    {
        await Insert(Entry(1));
        var before = await Table.ReadAllAsync(None);
        var entry = before.Members[0].Item1;
        entry.IAmAliveTime = s_now.AddMinutes(7);

        await Table.UpdateIAmAliveAsync(entry, None);

        var after = await Table.ReadAllAsync(None);
        Assert.Equal(s_now.AddMinutes(7), after.Members[0].Item1.IAmAliveTime);
        Assert.Equal(before.Version.Version, after.Version.Version);
    }

    [Fact]
    public async Task Cleanup_OldDeadOnes_AreDeleted_AndAnotherClusterStays()
    {
        var other = TableOf("other");
        await other.InitializeMembershipTableAsync(true, None);
        Assert.True(await other.InsertRowAsync(Entry(5), (await other.ReadAllAsync(None)).Version.Next(), None));
        await Insert(Entry(1, SiloStatus.Dead, s_now.AddDays(-9)));
        await Insert(Entry(2, SiloStatus.Dead));
        await Insert(Entry(3, SiloStatus.Active, s_now.AddDays(-9)));

        await Table.CleanupDefunctSiloEntriesAsync(s_now.AddDays(-1), None);
        Assert.Equal([2, 3], (await Table.ReadAllAsync(None)).Members.Select(member => member.Item1.SiloAddress.Generation).Order());

        await Table.DeleteMembershipTableEntriesAsync("pgm", None);
        await Table.InitializeMembershipTableAsync(true, None);
        Assert.Empty((await Table.ReadAllAsync(None)).Members);
        Assert.Single((await other.ReadAllAsync(None)).Members);
    }

    [Fact]
    public async Task DeadSiloSweep_RefusedPortIsDead_ListeningAndRemoteOnesStay()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var listening = ((IPEndPoint)listener.LocalEndpoint).Port;
        await Insert(Entry(1, time: DateTime.UtcNow, port: 1));
        await Insert(Entry(2, port: listening));
        await Insert(Entry(3, address: "192.0.2.7"));
        await Insert(Entry(4, SiloStatus.Dead, DateTime.UtcNow.AddDays(-2)));
        var before = (await Table.ReadAllAsync(None)).Version.Version;

        var swept = await DeadSiloSweep.RunAsync(_database!, "pgm", TimeProvider.System, None);

        var after = await Table.ReadAllAsync(None);
        Assert.Equal((1, before + 1), (swept, after.Version.Version));
        Assert.Equal(
            [(1, SiloStatus.Dead), (2, SiloStatus.Active), (3, SiloStatus.Active)],
            after.Members.Select(member => (member.Item1.SiloAddress.Generation, member.Item1.Status)).Order());
        Assert.Equal(0, await DeadSiloSweep.RunAsync(_database!, "pgm", TimeProvider.System, None));
    }

    private AdoNetClusteringTable TableOf(string clusterId) => new(
        _services,
        Options.Create(new ClusterOptions { ClusterId = clusterId, ServiceId = "pgm" }),
        Options.Create(new AdoNetClusteringSiloOptions { Invariant = PostgresDatabase.Invariant, ConnectionString = _database!.ConnectionString }),
        NullLogger<AdoNetClusteringTable>.Instance);

    private async Task Insert(MembershipEntry entry) => Assert.True(await Table.InsertRowAsync(entry, (await Table.ReadAllAsync(None)).Version.Next(), None));

    private static MembershipEntry Entry(int generation, SiloStatus status = SiloStatus.Active, DateTime? time = null, int port = 1, string address = "127.0.0.1") => new()
    {
        SiloAddress = SiloAddress.New(IPAddress.Parse(address), port, generation),
        SiloName = $"silo-{generation}",
        HostName = "host",
        Status = status,
        ProxyPort = 30000,
        StartTime = time ?? s_now,
        IAmAliveTime = time ?? s_now,
    };
}
