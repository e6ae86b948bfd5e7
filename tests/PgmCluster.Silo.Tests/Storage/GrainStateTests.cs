using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.TestHost;
using Xunit.Abstractions;

namespace PgmCluster.Silo.Tests.Storage;

/// <summary>The default grain storage of a running silo.</summary>
public sealed class GrainStateTests(SiloFixture fixture, ITestOutputHelper output) : IClassFixture<SiloFixture>
{
    private IGrainStorage Storage => fixture.Silo.Services.GetRequiredService<IGrainStorage>();

    [Fact]
    public async Task Write_ThenRead_GivesTheSameState()
    {
        var id = Id("round-trip");
        var written = State("hello");
        await Storage.WriteStateAsync("probe", id, written);

        var read = await Read(id);

        Assert.True(read.RecordExists);
        Assert.Equal("hello", read.State!.Text);
        Assert.Equal(written.ETag, read.ETag);
    }

    [Fact]
    public async Task Read_NeverWritten_DoesNotExist()
    {
        var read = await Read(Id("nobody"));

        Assert.False(read.RecordExists);
        Assert.Null(read.ETag);
        Assert.Null(read.State!.Text);
    }

    [Fact]
    public async Task Write_StaleETag_IsInconsistentAndChangesNothing()
    {
        var id = Id("etag");
        await Storage.WriteStateAsync("probe", id, State("first"));
        var older = await Read(id);
        var newer = await Read(id);
        newer.State = newer.State! with { Text = "second" };
        await Storage.WriteStateAsync("probe", id, newer);

        older.State = older.State! with { Text = "stale" };
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync("probe", id, older));

        Assert.Equal("second", (await Read(id)).State!.Text);
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
    public async Task Write_FirstWritesAtOnceOnTwoSilos_OneWins()
    {
        var options = SiloFixture.Options(fixture.Home);
        (options.SiloName, options.Exclusive) = ("second", false);
        await using var second = await PgmSiloHost.StartAsync(options);
        IGrainStorage[] storages = [Storage, second.Services.GetRequiredService<IGrainStorage>()];
        for (var round = 0; round < 20; round++)
        {
            var id = Id($"race-{round}");
            var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(async () =>
            {
                try
                {
                    await storages[i % 2].WriteStateAsync("probe", id, State($"writer {i}"));
                    return $"writer {i}";
                }
                catch (InconsistentStateException)
                {
                    return null;
                }
            })));

            var winner = Assert.Single(outcomes, outcome => outcome is not null);
            Assert.Equal(winner, (await Read(id)).State!.Text);
        }
    }

    [Fact]
    public async Task Clear_ThenRead_DoesNotExistAndRefusesOlderWriters()
    {
        var id = Id("clear");
        await Storage.WriteStateAsync("probe", id, State("x"));
        var older = await Read(id);
        var clearing = await Read(id);

        await Storage.ClearStateAsync("probe", id, clearing);

        var read = await Read(id);
        Assert.False(read.RecordExists);
        Assert.Null(read.State!.Text);
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync("probe", id, older));
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.ClearStateAsync("probe", id, older));

        read.State = read.State! with { Text = "again" };
        await Storage.WriteStateAsync("probe", id, read);
        Assert.Equal("again", (await Read(id)).State!.Text);
    }

    [Fact]
    public async Task Keys_OfEveryKind_AreDistinct()
    {
        var guid = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");
        GrainId[] ids =
        [
            // The first five are the same number to the provider, which reads keys as hexadecimal where it can.
            Id("a"), Id("A"), Id("0a"), Id("000a"), GrainId.Create(GrainType.Create("probe"), GrainIdKeyExtensions.CreateIntegerKey(10)),
            GrainId.Create(GrainType.Create("probe"), GrainIdKeyExtensions.CreateIntegerKey(10, "ext")),
            GrainId.Create(GrainType.Create("probe"), GrainIdKeyExtensions.CreateIntegerKey(10, "Ext")),
            GrainId.Create(GrainType.Create("probe"), GrainIdKeyExtensions.CreateGuidKey(guid)),
            GrainId.Create(GrainType.Create("probe"), GrainIdKeyExtensions.CreateGuidKey(guid, "ext")),
            Id("job-1/shard/00017"), Id("größe ≤ 64"), Id(new string('k', 2000)), Id("it's; DROP TABLE PgmGrainState --"),
        ];

        var distinct = ids.Distinct().ToArray();
        foreach (var id in distinct) await Storage.WriteStateAsync("keys", id, State(id.Key.ToString()!));

        foreach (var id in distinct)
        {
            var read = new GrainState<ProbeState>(new ProbeState());
            await Storage.ReadStateAsync("keys", id, read);
            Assert.Equal(id.Key.ToString(), read.State!.Text);
        }
    }

    [Fact]
    public async Task Grain_WritesAndClears_SeesItsState()
    {
        var grain = fixture.Silo.Grains.GetGrain<IProbeGrain>("in-process");

        Assert.Equal(1, await grain.Write("one"));
        Assert.Equal(2, await grain.Write("two"));
        Assert.Equal("two", (await grain.Read()).Text);
        await grain.Clear();
        Assert.False((await grain.Read()).Exists);
        Assert.Equal(1, await grain.Write("afresh"));
    }

    [Fact]
    public async Task Grain_WritesOneAfterAnother_PrintsTheRate()
    {
        foreach (var grains in new[] { 1, 8 })
        {
            const int Each = 100;
            var watch = Stopwatch.StartNew();
            await Task.WhenAll(
                Enumerable.Range(0, grains).Select(i => fixture.Silo.Grains.GetGrain<IProbeGrain>($"rate-{grains}-{i}").WriteMany(Each)));
            output.WriteLine($"{grains} grain(s): {grains * Each / watch.Elapsed.TotalSeconds:0} durable writes/s");
        }
    }

    private static GrainId Id(string key) => GrainId.Create("probe", key);

    private static GrainState<ProbeState> State(string text) => new(new ProbeState { Text = text });

    private async Task<GrainState<ProbeState>> Read(GrainId id)
    {
        var state = new GrainState<ProbeState>(new ProbeState());
        await Storage.ReadStateAsync("probe", id, state);
        return state;
    }
}
