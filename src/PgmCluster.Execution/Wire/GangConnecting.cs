using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using PgmCluster.Execution.Wire.Judging;

namespace PgmCluster.Execution.Wire;

/// <summary>How a member of a generation comes to a proven connection with each of the others.</summary>
internal static class GangConnecting
{
    /// <summary>How long is waited for a connection before it is asked whether its process is there at all.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    /// <summary>Connects to the lower ranks and waits for the higher ones.</summary>
    /// <param name="seat">This member's.</param>
    /// <param name="plane">Where it takes connections.</param>
    /// <param name="connected">Told of each, which is its from then on.</param>
    /// <exception cref="GangBrokenException">A member was not reached in time.</exception>
    public static void ConnectAll(GangSeat seat, DataPlane plane, Action<int, PeerLink> connected) =>
        Task.Run(() => ConnectAllAsync(seat, plane, connected)).GetAwaiter().GetResult();

    private static async Task ConnectAllAsync(GangSeat seat, DataPlane plane, Action<int, PeerLink> connected)
    {
        using var listener = plane.Open(seat);
        var kept = await plane.Kept.TakeAsync(seat);
        PeerLink? TakeKept(int rank)
        {
            var link = kept[rank];
            kept[rank] = null;
            return link;
        }

        try
        {
            for (var rank = seat.Rank + 1; rank < seat.Peers.Count; rank++)
            {
                if (TakeKept(rank) is { } link) plane.Welcome(link);
            }
            // The connections to lower ranks first: they wait for them, and nobody waits in a circle. One after the other: all at once
            // would be more than a process with many devices takes from who has proven nothing yet.
            for (var rank = 0; rank < seat.Rank; rank++)
                connected(rank, await RenewAsync(seat, plane, rank, TakeKept(rank)) ?? await ConnectAsync(seat, plane, rank));
            for (var rank = seat.Rank + 1; rank < seat.Peers.Count; rank++)
                connected(rank, await AwaitAsync(seat, plane.Options, listener, rank));
        }
        finally
        {
            foreach (var link in kept) link?.Dispose();
        }
    }

    /// <summary>Proves the generation over a connection of an earlier one.</summary>
    /// <returns>Null where there is none, or the peer has closed it.</returns>
    private static async Task<PeerLink?> RenewAsync(GangSeat seat, DataPlane plane, int rank, PeerLink? link)
    {
        if (link is null) return null;
        using var patience = new CancellationTokenSource(plane.Options.ConnectTimeout);
        try
        {
            await GangHandshake.IntroduceAsync(link, seat, rank, patience.Token);
            return link;
        }
        catch (OperationCanceledException)
        {
            link.Dispose();
            // One that has not closed it and does not answer would not answer a new one either.
            throw Lost(seat, rank, $"Meeting rank {rank} ({seat.Peers[rank].Worker}) again: {NoAnswer(plane.Options)}.");
        }
        catch (Exception e) when (e is SocketException or IOException or InvalidDataException or ObjectDisposedException)
        {
            link.Dispose();
            return null;
        }
    }

    private static async Task<PeerLink> ConnectAsync(GangSeat seat, DataPlane plane, int rank)
    {
        var endpoint = IPEndPoint.Parse(seat.Peers[rank].Address);
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        PeerLink? link = null;
        try
        {
            using var patience = new CancellationTokenSource(plane.Options.ConnectTimeout);
            await socket.ConnectAsync(endpoint, patience.Token);
            link = await PeerLink.ConnectAsync(socket, plane.Tls, patience.Token);
            // It answers once it has heard of the generation, too.
            patience.CancelAfter(plane.Options.ConnectTimeout);
            await GangHandshake.IntroduceAsync(link, seat, rank, patience.Token);
            plane.Traffic.CountConnection();
            return link;
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException or InvalidDataException)
        {
            link?.Dispose();
            socket.Dispose();
            var why = e is OperationCanceledException ? NoAnswer(plane.Options) : e.Message;
            throw Lost(seat, rank, $"Connecting to rank {rank} ({seat.Peers[rank].Worker}) at {seat.Peers[rank].Address}: {why}");
        }
    }

    /// <summary>Waits for a higher rank to connect; one whose process has ended meanwhile is not waited for.</summary>
    private static async Task<PeerLink> AwaitAsync(GangSeat seat, GangOptions options, DataPlane.Listener listener, int rank)
    {
        var peer = seat.Peers[rank];
        var begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begun) < options.ConnectTimeout)
        {
            if (await listener.TakeAsync(rank, Look) is { } link) return link;
            if (await RefusesConnectionsAsync(peer))
                throw Lost(seat, rank, $"Rank {rank} ({peer.Worker}) has ended: nothing listens at {peer.Address}.");
        }
        throw Lost(seat, rank, $"Rank {rank} ({peer.Worker}) did not connect within {options.ConnectTimeout.TotalSeconds:0} s.");
    }

    private static async Task<bool> RefusesConnectionsAsync(GangPeer peer)
    {
        var endpoint = IPEndPoint.Parse(peer.Address);
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            using var patience = new CancellationTokenSource(Look);
            await socket.ConnectAsync(endpoint, patience.Token);
            return false;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static string NoAnswer(GangOptions options) => $"it does not answer within {options.ConnectTimeout.TotalSeconds:0.#} s";

    private static GangBrokenException Lost(GangSeat seat, int rank, string message) => new(message, [seat.Peers[rank].Worker]);
}
