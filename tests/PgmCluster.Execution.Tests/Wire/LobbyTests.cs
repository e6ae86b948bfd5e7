using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Time.Testing;
using PgmCluster.Execution.Wire;
using PgmCluster.Execution.Wire.Judging;
using PgmCluster.TestSupport;

namespace PgmCluster.Execution.Tests.Wire;

/// <summary>Connections that prove nothing.</summary>
public sealed class LobbyTests
{
    private static readonly TimeSpan s_patience = new GangOptions().ConnectTimeout;

    [Fact]
    public void Enter_MoreThanThereMayBe_TheOldestGoes()
    {
        var closed = new List<int>();
        var lobby = new Lobby(2, s_patience, new FakeTimeProvider());
        var guests = Enumerable.Range(0, 2).Select(i => lobby.Enter(() => closed.Add(i))).ToList();
        Assert.True(guests[0].Leave());

        foreach (var i in new[] { 2, 3 }) lobby.Enter(() => closed.Add(i));

        Assert.Equal([1], closed);
        Assert.False(guests[1].Leave());
        Assert.Equal(2, lobby.Count);
    }

    [Fact]
    public void Enter_TimeIsOver_IsClosedOnce_UnlessItLeft()
    {
        var (time, closed) = (new FakeTimeProvider(), new List<int>());
        var lobby = new Lobby(2, s_patience, time);
        var left = lobby.Enter(() => closed.Add(0));
        lobby.Enter(() => closed.Add(1));
        left.Leave();

        time.Advance(s_patience - TimeSpan.FromTicks(1));
        Assert.Empty(closed);
        time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal([1], closed);
        Assert.Equal(0, lobby.Count);
    }

    [Fact]
    public async Task DataPlane_AGuestThatSendsAByteNowAndThen_IsLetGoAfterTheWholeTime()
    {
        var time = new FakeTimeProvider();
        using var plane = new DataPlane(IPAddress.Loopback, time: time);
        using var guest = await ConnectAsync(plane);
        await WaitFor(plane, 1);
        for (var i = 0; i < 9; i++)
        {
            await guest.SendAsync(new byte[] { (byte)"PGMGANG1"[i % 8] });
            time.Advance(s_patience / 10);
            Assert.Equal(1, plane.Unproven.Count);
        }

        time.Advance(s_patience / 10);

        Assert.Equal(0, plane.Unproven.Count);
        Assert.True(await IsClosedAsync(guest));
    }

    [Fact]
    public async Task DataPlane_ManyGuestsThatSayNothing_MembersStillComeIn()
    {
        using var zero = new DataPlane(IPAddress.Loopback, time: new FakeTimeProvider());
        using var one = new DataPlane(IPAddress.Loopback, time: new FakeTimeProvider());
        var guests = new List<Socket>();
        for (var i = 0; i < 2 * DataPlane.MostUnproven; i++) guests.Add(await ConnectAsync(zero));
        await WaitFor(zero, DataPlane.MostUnproven);
        var secret = RandomNumberGenerator.GetBytes(32);
        GangPeer[] peers = [new("a/cpu:0", zero.Address, 0), new("b/cpu:0", one.Address, 0)];
        GangSeat Seat(int rank) => new() { RunId = "run", Generation = 1, Secret = secret, Rank = rank, Peers = peers };

        await Task.WhenAll(
            Task.Run(() => GangConnecting.ConnectAll(Seat(0), zero, (_, link) => link.Dispose())),
            Task.Run(() => GangConnecting.ConnectAll(Seat(1), one, (_, link) => link.Dispose())));

        Assert.InRange(zero.Unproven.Count, DataPlane.MostUnproven - 1, DataPlane.MostUnproven);
        Assert.All(await Task.WhenAll(guests.Take(DataPlane.MostUnproven).Select(IsClosedAsync)), Assert.True);
        foreach (var guest in guests) guest.Dispose();
    }

    [Fact]
    public async Task DataPlane_ManyGuestsThatAskForARunNobodyKnows_AreNotListenedToOnceTheyHadToGo()
    {
        var options = new GangOptions { ConnectTimeout = TimeSpan.FromHours(10) };
        using var plane = new DataPlane(IPAddress.Loopback, options: options, time: new FakeTimeProvider());
        // Magic, run, generation, from, to, nonce and proof: what GangHandshake reads.
        byte[] hello = [.. "PGMGANG1"u8, 1, 0, 0, 0, (byte)'?', .. new byte[16 + 16 + 32]];
        var guests = new List<Socket>();
        for (var i = 0; i < 2 * DataPlane.MostUnproven; i++)
        {
            guests.Add(await ConnectAsync(plane));
            await guests[^1].SendAsync(hello);
        }

        Assert.All(await Task.WhenAll(guests.Take(DataPlane.MostUnproven).Select(IsClosedAsync)), Assert.True);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        while (plane.Receiving > DataPlane.MostUnproven) await Task.Delay(10, patience.Token);
        foreach (var guest in guests) guest.Dispose();
    }

    private static async Task<Socket> ConnectAsync(DataPlane plane)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPEndPoint.Parse(plane.Address));
        return socket;
    }

    private static async Task WaitFor(DataPlane plane, int guests)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        while (plane.Unproven.Count < guests) await Task.Delay(10, patience.Token);
    }

    private static async Task<bool> IsClosedAsync(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[1]).WaitAsync(TimeSpan.FromMinutes(5)) == 0;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
