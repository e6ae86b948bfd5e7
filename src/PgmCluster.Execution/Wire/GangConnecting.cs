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
    public static void ConnectAll(GangSeat seat, DataPlane plane, Action<int, PeerLink> connected)
    {
        using var listener = plane.Open(seat);
        var kept = plane.Kept.Take(seat);
        try
        {
            ConnectAll(seat, plane, listener, kept, connected);
        }
        finally
        {
            foreach (var link in kept) link?.Dispose();
        }
    }

    private static void ConnectAll(
        GangSeat seat, DataPlane plane, DataPlane.Listener listener, PeerLink?[] kept, Action<int, PeerLink> connected)
    {
        PeerLink? TakeKept(int rank)
        {
            var link = kept[rank];
            kept[rank] = null;
            return link;
        }

        for (var rank = seat.Rank + 1; rank < seat.Peers.Count; rank++)
        {
            if (TakeKept(rank) is { } link) plane.Welcome(link);
        }
        // The connections to lower ranks first: they wait for them, and nobody waits in a circle.
        for (var rank = 0; rank < seat.Rank; rank++)
            connected(rank, Renew(seat, plane, rank, TakeKept(rank)) ?? Connect(seat, plane, rank));
        for (var rank = seat.Rank + 1; rank < seat.Peers.Count; rank++) connected(rank, Await(seat, plane.Options, listener, rank));
    }

    /// <summary>Proves the generation over a connection of an earlier one.</summary>
    /// <returns>Null where there is none, or the peer has closed it.</returns>
    private static PeerLink? Renew(GangSeat seat, DataPlane plane, int rank, PeerLink? link)
    {
        if (link is null) return null;
        var begun = Stopwatch.GetTimestamp();
        try
        {
            link.Timeout = plane.Options.ConnectTimeout;
            GangHandshake.Introduce(link, seat, rank);
            return link;
        }
        catch (Exception e) when (e is SocketException or IOException or InvalidDataException or ObjectDisposedException)
        {
            link.Dispose();
            // One that has not closed it and does not answer would not answer a new one either.
            if (Stopwatch.GetElapsedTime(begun) >= plane.Options.ConnectTimeout * 0.9)
                throw Lost(seat, rank, $"Meeting rank {rank} ({seat.Peers[rank].Worker}) again: it does not answer ({e.Message}).");
            return null;
        }
    }

    private static PeerLink Connect(GangSeat seat, DataPlane plane, int rank)
    {
        var endpoint = IPEndPoint.Parse(seat.Peers[rank].Address);
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        PeerLink? link = null;
        try
        {
            using var patience = new CancellationTokenSource(plane.Options.ConnectTimeout);
            socket.ConnectAsync(endpoint, patience.Token).AsTask().GetAwaiter().GetResult();
            socket.ReceiveTimeout = socket.SendTimeout = (int)plane.Options.ConnectTimeout.TotalMilliseconds;
            link = PeerLink.Connect(socket, plane.Tls);
            GangHandshake.Introduce(link, seat, rank);
            plane.Traffic.CountConnection();
            return link;
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException or InvalidDataException)
        {
            link?.Dispose();
            socket.Dispose();
            throw Lost(seat, rank, $"Connecting to rank {rank} ({seat.Peers[rank].Worker}) at {seat.Peers[rank].Address}: {e.Message}");
        }
    }

    /// <summary>Waits for a higher rank to connect; one whose process has ended meanwhile is not waited for.</summary>
    private static PeerLink Await(GangSeat seat, GangOptions options, DataPlane.Listener listener, int rank)
    {
        var peer = seat.Peers[rank];
        var begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begun) < options.ConnectTimeout)
        {
            if (listener.Take(rank, Look) is { } link) return link;
            if (RefusesConnections(peer))
                throw Lost(seat, rank, $"Rank {rank} ({peer.Worker}) has ended: nothing listens at {peer.Address}.");
        }
        throw Lost(seat, rank, $"Rank {rank} ({peer.Worker}) did not connect within {options.ConnectTimeout.TotalSeconds:0} s.");
    }

    private static bool RefusesConnections(GangPeer peer)
    {
        var endpoint = IPEndPoint.Parse(peer.Address);
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            using var patience = new CancellationTokenSource(Look);
            socket.ConnectAsync(endpoint, patience.Token).AsTask().GetAwaiter().GetResult();
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

    private static GangBrokenException Lost(GangSeat seat, int rank, string message) => new(message, [seat.Peers[rank].Worker]);
}
