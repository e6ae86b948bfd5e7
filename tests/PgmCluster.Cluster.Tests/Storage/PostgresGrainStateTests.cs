using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Contracts.Errors;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.TestHost;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Cluster.Tests.Storage;

/// <summary>The default grain storage of two silos on one database, in this process.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresGrainStateTests(PostgresFixture postgres, TwoSilosFixture fixture) : IClassFixture<TwoSilosFixture>
{
    private IGrainStorage[] Storages => [.. fixture.Silos.Select(silo => silo.Services.GetRequiredService<IGrainStorage>())];

    private IGrainStorage Storage => Storages[0];

    [Fact]
    public async Task State_WrittenReadClearedAndWrittenAgain_StaleWritersAreRefused()
    {
        var id = Id("etag");
        var first = State("first");
        await Storage.WriteStateAsync("probe", id, first);
        var (older, newer) = (await Read(id), await Read(id));
        Assert.Equal((true, "first", first.ETag), (older.RecordExists, older.State!.Text, older.ETag));

        newer.State = newer.State! with { Text = "second" };
        await Storages[1].WriteStateAsync("probe", id, newer);
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync("probe", id, older));
        Assert.Equal("second", (await Read(id)).State!.Text);

        var clearing = await Read(id);
        await Storage.ClearStateAsync("probe", id, clearing);
        var cleared = await Read(id);
        Assert.Equal((false, null), (cleared.RecordExists, cleared.State!.Text));
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync("probe", id, newer));
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.ClearStateAsync("probe", id, newer));

        cleared.State = cleared.State! with { Text = "again" };
        await Storage.WriteStateAsync("probe", id, cleared);
        Assert.Equal("again", (await Read(id)).State!.Text);
    }

    [Fact]
    public async Task Write_WithETagOfARemovedRow_IsInconsistent()
    {
        var state = State("x");
        state.ETag = "1";

        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync("probe", Id("removed"), state));

        Assert.False((await Read(Id("removed"))).RecordExists);
    }

    [Fact]
    public async Task Write_AtOnceOnTwoSilos_OneWinsAndNothingElseIsThrown()
    {
        for (var round = 0; round < 20; round++)
        {
            var id = Id($"race-{round}");
            var firsts = await Race(id, _ => State("new"));
            Assert.Equal(firsts.Single(text => text is not null), (await Read(id)).State!.Text);

            var seen = await Read(id);
            var seconds = await Race(id, _ => new GrainState<ProbeState>(seen.State!) { ETag = seen.ETag, RecordExists = true });
            Assert.Equal(seconds.Single(text => text is not null), (await Read(id)).State!.Text);
        }
    }

    [Fact]
    public async Task Keys_OfEveryKind_AreDistinct()
    {
        var guid = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");
        GrainId[] ids =
        [
            Id("a"), Id("A"), Id("0a"), Id("000a"), GrainId.Create(GrainType.Create("probe"), GrainIdKeyExtensions.CreateIntegerKey(10)),
            GrainId.Create(GrainType.Create("probe"), GrainIdKeyExtensions.CreateIntegerKey(10, "ext")),
            GrainId.Create(GrainType.Create("probe"), GrainIdKeyExtensions.CreateIntegerKey(10, "Ext")),
            GrainId.Create(GrainType.Create("probe"), GrainIdKeyExtensions.CreateGuidKey(guid)),
            GrainId.Create(GrainType.Create("probe"), GrainIdKeyExtensions.CreateGuidKey(guid, "ext")),
            Id("job-1/shard/00017"), Id("größe ≤ 64"), Id(new string('k', 2000)), Id("it's; DROP TABLE PgmGrainState --"),
        ];

        foreach (var id in ids.Distinct()) await Storage.WriteStateAsync("probe", id, State(id.Key.ToString()!));

        foreach (var id in ids.Distinct()) Assert.Equal(id.Key.ToString(), (await Read(id)).State!.Text);
    }

    [Fact]
    public async Task Grain_ServerStopped_IsOneClearLineAtTheCaller_AndWorksOnceItIsBack()
    {
        await using var connection = await SiloConnection.ConnectAsync(fixture.Silos[0].Endpoint);
        var grain = connection.Client.GetGrain<IProbeGrain>("outage");
        await grain.Write("before");

        await postgres.Server.StopAsync();
        var thrown = await Assert.ThrowsAnyAsync<Exception>(() => grain.Write("during"));
        await postgres.Server.StartAsync();

        var e = WireErrors.Of(thrown);
        Assert.True(e?.Code == PgmErrorCode.Unavailable, thrown.ToString());
        Assert.Contains("does not answer", e!.Message);
        Assert.DoesNotContain('\n', e.Message);
        await Until.Holds("the grain writes again", () => grain.Write("after"), _ => true);
        Assert.Equal("after", (await grain.Read()).Text);
        // Each silo has connections of before the stop in its pool, and tells one caller so.
        foreach (var storage in Storages)
            await Until.Holds("the silo reads again", async () => (await Read(storage, Id("outage"))).RecordExists, _ => true);
    }

    private Task<string?[]> Race(GrainId id, Func<int, GrainState<ProbeState>> make) =>
        Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(async () =>
    {
        var state = make(i);
        state.State = state.State! with { Text = $"{state.State.Text} by {i}" };
        try
        {
            await Storages[i % 2].WriteStateAsync("probe", id, state);
            return state.State.Text;
        }
        catch (InconsistentStateException)
        {
            return null;
        }
    })));

    private static GrainId Id(string key) => GrainId.Create("probe", key);

    private static GrainState<ProbeState> State(string text) => new(new ProbeState { Text = text });

    private Task<GrainState<ProbeState>> Read(GrainId id) => Read(Storage, id);

    private static async Task<GrainState<ProbeState>> Read(IGrainStorage storage, GrainId id)
    {
        var state = new GrainState<ProbeState>(new ProbeState());
        await storage.ReadStateAsync("probe", id, state);
        return state;
    }
}
