using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Runtime.MembershipService;
using PgmCluster.Silo.Storage;
using PgmCluster.TestSupport;

namespace PgmCluster.Silo.Tests.Storage;

/// <summary>What the framework's own membership table does over our statements, whatever the database.</summary>
public abstract class MembershipTableContract : StateDatabaseContract
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly DateTime s_now = new(2026, 5, 4, 3, 2, 1, DateTimeKind.Utc);
    private readonly ServiceProvider _services = new ServiceCollection().BuildServiceProvider();
    private AdoNetClusteringTable? _table;

    private AdoNetClusteringTable Table => _table ?? throw new SkippedException($"The database cannot run here: {Missing}");

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        if (Missing is not null) return;
        _table = TableOf("pgm");
        await _table.InitializeMembershipTableAsync(true, None);
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _services.DisposeAsync();
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
        Assert.Equal((entry.SiloAddress, entry.SiloName, entry.HostName, entry.Status, entry.ProxyPort, entry.StartTime,
            entry.IAmAliveTime),
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
    public async Task UpdateRow_DeadAndSuspected_IsReadBack_AndAStaleVersionIsRefused()
    {
        await Insert(1);
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
    public async Task InsertRow_ManyAtOnceWithOneVersion_OneWins()
    {
        for (var round = 0; round < 10; round++)
        {
            var seen = await Table.ReadAllAsync(None);
            var first = 100 * round;

            var outcomes = await Task.WhenAll(
                Enumerable.Range(first, 8).Select(
                    generation => Task.Run(() => Table.InsertRowAsync(Entry(generation + 1), seen.Version.Next(), None))));

            Assert.Single(outcomes, won => won);
            var after = await Table.ReadAllAsync(None);
            Assert.Equal((seen.Version.Version + 1, seen.Members.Count + 1), (after.Version.Version, after.Members.Count));
        }
    }

    [Fact]
    public async Task UpdateRow_ManyAtOnceWithOneVersion_OneWins()
    {
        await Insert(1);
        for (var round = 0; round < 10; round++)
        {
            var seen = await Table.ReadAllAsync(None);
            var (entry, etag) = seen.Members[0];

            var outcomes = await Task.WhenAll(
                Enumerable.Range(0, 8).Select(_ => Task.Run(() => Table.UpdateRowAsync(entry, etag, seen.Version.Next(), None))));

            Assert.Single(outcomes, won => won);
            Assert.Equal(seen.Version.Version + 1, (await Table.ReadAllAsync(None)).Version.Version);
        }
    }

    [Fact]
    public async Task UpdateRow_NobodyOfThatName_IsRefusedAndLeavesTheVersion()
    {
        await Insert(1);
        var seen = await Table.ReadAllAsync(None);

        Assert.False(await Table.UpdateRowAsync(Entry(2), seen.Members[0].Item2, seen.Version.Next(), None));

        Assert.Equal(seen.Version.Version, (await Table.ReadAllAsync(None)).Version.Version);
    }

    [Fact]
    public async Task UpdateIAmAlive_ChangesTheTimeButNotTheVersion()
    {
        await Insert(1);
        var before = await Table.ReadAllAsync(None);
        var entry = before.Members[0].Item1;
        entry.IAmAliveTime = s_now.AddMinutes(7);

        await Table.UpdateIAmAliveAsync(entry, None);

        var after = await Table.ReadAllAsync(None);
        Assert.Equal(s_now.AddMinutes(7), after.Members[0].Item1.IAmAliveTime);
        Assert.Equal(before.Version.Version, after.Version.Version);
    }

    [Fact]
    public async Task CleanupDefunctSiloEntries_DeletesOldDeadOnes_KeepsTheRest()
    {
        await Insert(1, SiloStatus.Dead, s_now.AddDays(-9));
        await Insert(2, SiloStatus.Dead, s_now);
        await Insert(3, SiloStatus.Active, s_now.AddDays(-9));

        await Table.CleanupDefunctSiloEntriesAsync(s_now.AddDays(-1), None);

        var left = (await Table.ReadAllAsync(None)).Members.Select(member => member.Item1.SiloAddress.Generation).Order();
        Assert.Equal([2, 3], left);
    }

    [Fact]
    public async Task DeleteMembershipTableEntries_LeavesOtherClusters()
    {
        var other = TableOf("other");
        await other.InitializeMembershipTableAsync(true, None);
        Assert.True(await other.InsertRowAsync(Entry(5), (await other.ReadAllAsync(None)).Version.Next(), None));
        await Insert(1);

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
        using var refused = new ReservedPort();
        await Insert(Entry(1, time: DateTime.UtcNow, port: refused.Number));
        await Insert(Entry(2, port: listening));
        await Insert(Entry(3, address: "192.0.2.7"));
        await Insert(Entry(4, SiloStatus.Dead, s_now.AddDays(-2)));
        var before = (await Table.ReadAllAsync(None)).Version.Version;

        var swept = await DeadSiloSweep.RunAsync(Database, "pgm", null, new DatabaseClock(Database, TimeProvider.System), None);

        var after = await Table.ReadAllAsync(None);
        Assert.Equal((1, before + 1), (swept, after.Version.Version));
        Assert.Equal(
            [(1, SiloStatus.Dead), (2, SiloStatus.Active), (3, SiloStatus.Active)],
            after.Members.Select(member => (member.Item1.SiloAddress.Generation, member.Item1.Status)).Order());
        Assert.Equal(0, await DeadSiloSweep.RunAsync(Database, "pgm", null, new DatabaseClock(Database, TimeProvider.System), None));
    }

    [Fact]
    public async Task DeadSiloSweep_DeadForMoreThanADay_IsDeleted()
    {
        await Insert(Entry(1, SiloStatus.Dead, DateTime.UtcNow.AddHours(-25)));
        await Insert(Entry(2, SiloStatus.Dead, DateTime.UtcNow.AddHours(-23)));

        Assert.Equal(0, await DeadSiloSweep.RunAsync(Database, "pgm", null, new DatabaseClock(Database, TimeProvider.System), None));

        Assert.Equal(2, Assert.Single((await Table.ReadAllAsync(None)).Members).Item1.SiloAddress.Generation);
    }

    [Fact]
    public async Task DeadSiloSweep_PredecessorAtTheOwnAddress_IsDeadWhateverTheAddress()
    {
        // What an address of this machine refuses, the kernel refuses; nothing leaves it.
        var own = NetworkInterface.GetAllNetworkInterfaces().SelectMany(card => card.GetIPProperties().UnicastAddresses)
            .Select(a => a.Address)
            .FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a))
                ?? throw new SkippedException("This machine has no address but loopback.");
        var free = new TcpListener(own, 0);
        free.Start();
        var endpoint = (IPEndPoint)free.LocalEndpoint;
        free.Stop();
        await Insert(Entry(1, time: DateTime.UtcNow, port: endpoint.Port, address: $"{own}"));
        var clock = new DatabaseClock(Database, TimeProvider.System);

        Assert.Equal(0, await DeadSiloSweep.RunAsync(Database, "pgm", null, clock, None));
        Assert.Equal(1, await DeadSiloSweep.RunAsync(Database, "pgm", endpoint, clock, None));

        Assert.Equal(SiloStatus.Dead, Assert.Single((await Table.ReadAllAsync(None)).Members).Item1.Status);
    }

    private AdoNetClusteringTable TableOf(string clusterId) => new(
        _services,
        Microsoft.Extensions.Options.Options.Create(new ClusterOptions { ClusterId = clusterId, ServiceId = "pgm" }),
        Microsoft.Extensions.Options.Options.Create(new AdoNetClusteringSiloOptions { Invariant = Database.Invariant, DataSource = Database.Source }),
        NullLogger<AdoNetClusteringTable>.Instance);

    private Task Insert(int generation, SiloStatus status = SiloStatus.Active, DateTime? time = null) =>
        Insert(Entry(generation, status, time));

    private async Task Insert(MembershipEntry entry) =>
        Assert.True(await Table.InsertRowAsync(entry, (await Table.ReadAllAsync(None)).Version.Next(), None));

    private static MembershipEntry Entry(
        int generation, SiloStatus status = SiloStatus.Active, DateTime? time = null, int port = 1, string address = "127.0.0.1") => new()
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
