namespace PgmCluster.Execution.Wire;

/// <summary>
/// Connections of generations that are over, for the next ones of the same members: so whoever joins a gang, or is lost to it, costs its
/// own connections and nobody else's. A kept one carries nothing until its two ends have proven the next generation to each other over it.
/// </summary>
internal sealed class KeptConnections
{
    /// <summary>By then a peer that has a seat in the next generation has said all of the last one, long before it was given that seat.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.5);

    private readonly Dictionary<(string RunId, string Worker), Dictionary<(string Worker, string Address), PeerConnection>> _kept = [];

    /// <summary>Keeps a connection that its generation has left.</summary>
    public void Keep(GangSeat seat, int rank, PeerConnection connection)
    {
        PeerConnection? before;
        lock (_kept)
        {
            if (!_kept.TryGetValue(Member(seat), out var peers)) _kept[Member(seat)] = peers = [];
            peers.Remove(Peer(seat, rank), out before);
            peers[Peer(seat, rank)] = connection;
        }
        before?.Close(TimeSpan.Zero);
    }

    /// <summary>Gives out this member's connections, and closes those to who has no seat.</summary>
    /// <returns>By rank; null where there is none that can be used.</returns>
    public PeerLink?[] Take(GangSeat seat)
    {
        Dictionary<(string, string), PeerConnection>? peers;
        lock (_kept) _kept.Remove(Member(seat), out peers);
        var links = new PeerLink?[seat.Peers.Count];
        if (peers is null) return links;
        for (var rank = 0; rank < links.Length; rank++)
        {
            if (peers.Remove(Peer(seat, rank), out var connection)) links[rank] = connection.TakeLink(Patience);
        }
        foreach (var connection in peers.Values) connection.Close(TimeSpan.Zero);
        return links;
    }

    /// <summary>Closes a member's: it takes no further seat.</summary>
    public void Forget(GangSeat seat)
    {
        Dictionary<(string, string), PeerConnection>? peers;
        lock (_kept) _kept.Remove(Member(seat), out peers);
        if (peers is null) return;
        // Closing with something unread would make the system throw away what was sent last.
        foreach (var connection in peers.Values) connection.Close(Patience);
    }

    private static (string, string) Member(GangSeat seat) => (seat.RunId, seat.Peers[seat.Rank].Worker);

    private static (string, string) Peer(GangSeat seat, int rank) => (seat.Peers[rank].Worker, seat.Peers[rank].Address);
}
