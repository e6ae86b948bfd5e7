namespace PgmCluster.Execution.Wire;

/// <summary>
/// Connections of generations that are over, for the next ones of the same members: so whoever joins a gang, or is lost to it, costs its
/// own connections and nobody else's. A kept one carries nothing until its two ends have proven the next generation to each other over it.
/// </summary>
/// <param name="patience">By then a peer that has a seat in the next generation has said all of the last one, before which it was given none.</param>
internal sealed class KeptConnections(TimeSpan patience)
{
    private readonly Dictionary<(string RunId, string Worker), Dictionary<(string Worker, string Address), PeerConnection>> _kept = [];

    /// <summary>Keeps a connection that its generation has left.</summary>
    public async Task KeepAsync(GangSeat seat, PeerConnection connection)
    {
        PeerConnection? before;
        lock (_kept)
        {
            if (!_kept.TryGetValue(Member(seat), out var peers)) _kept[Member(seat)] = peers = [];
            peers.Remove(Peer(seat, connection.Rank), out before);
            peers[Peer(seat, connection.Rank)] = connection;
        }
        if (before is not null) await before.CloseAsync(TimeSpan.Zero);
    }

    /// <summary>Gives out this member's connections, and closes those to who has no seat.</summary>
    /// <returns>By rank; null where there is none that can be used.</returns>
    public async Task<PeerLink?[]> TakeAsync(GangSeat seat)
    {
        var peers = Remove(seat);
        Task<PeerLink?> Take(int rank) => peers.Remove(Peer(seat, rank), out var connection)
            ? connection.TakeLinkAsync(patience)
            : Task.FromResult<PeerLink?>(null);
        Task<PeerLink?>[] taken = [.. Enumerable.Range(0, seat.Peers.Count).Select(Take)];
        await Task.WhenAll(peers.Values.Select(c => c.CloseAsync(TimeSpan.Zero)));
        return await Task.WhenAll(taken);
    }

    /// <summary>Closes a member's: it takes no further seat.</summary>
    public void Forget(GangSeat seat) =>
        // Closing with something unread would make the system throw away what was sent last.
        Task.Run(() => Task.WhenAll(Remove(seat).Values.Select(c => c.CloseAsync(patience)))).GetAwaiter().GetResult();

    private Dictionary<(string Worker, string Address), PeerConnection> Remove(GangSeat seat)
    {
        lock (_kept) return _kept.Remove(Member(seat), out var peers) ? peers : [];
    }

    private static (string, string) Member(GangSeat seat) => (seat.RunId, seat.Peers[seat.Rank].Worker);

    private static (string, string) Peer(GangSeat seat, int rank) => (seat.Peers[rank].Worker, seat.Peers[rank].Address);
}
