namespace PgmCluster.Execution.Wire;

/// <summary>
/// Connections that have not shown yet that they belong to the cluster: so many at once, each for so long, whatever it sends meanwhile.
/// Where more come, the one that has been here longest goes: whoever belongs to the cluster shows it at once.
/// </summary>
/// <param name="most">At once.</param>
/// <param name="patience">How long each may take.</param>
/// <param name="time">By which clock.</param>
public sealed class Lobby(int most, TimeSpan patience, TimeProvider time)
{
    private readonly LinkedList<Guest> _guests = [];

    /// <summary>How many are here.</summary>
    public int Count
    {
        get { lock (_guests) return _guests.Count; }
    }

    /// <summary>Takes a connection in.</summary>
    /// <param name="close">Ends it; called at most once, on any thread.</param>
    public Guest Enter(Action close)
    {
        var guest = new Guest(this, close, time);
        Guest? oldest = null;
        lock (_guests)
        {
            if (_guests.Count >= most)
            {
                oldest = _guests.First!.Value;
                _guests.RemoveFirst();
            }
            _guests.AddLast(guest.Place);
        }
        oldest?.Close();
        guest.Wait(patience);
        return guest;
    }

    /// <summary>A connection that is here.</summary>
    public sealed class Guest : IDisposable
    {
        private readonly Lobby _lobby;
        private readonly Action _close;
        private readonly ITimer _timer;

        internal Guest(Lobby lobby, Action close, TimeProvider time)
        {
            (_lobby, _close) = (lobby, close);
            Place = new LinkedListNode<Guest>(this);
            _timer = time.CreateTimer(
                static guest => ((Guest)guest!).TimeIsOver(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        internal LinkedListNode<Guest> Place { get; }

        /// <summary>It has shown that it belongs to the cluster, and stays as long as it likes.</summary>
        /// <returns>False where it had to go before.</returns>
        public bool Leave()
        {
            _timer.Dispose();
            lock (_lobby._guests)
            {
                if (Place.List is null) return false;
                _lobby._guests.Remove(Place);
                return true;
            }
        }

        /// <summary>It has ended, or left before.</summary>
        public void Dispose() => Leave();

        internal void Wait(TimeSpan patience) => _timer.Change(patience, Timeout.InfiniteTimeSpan);

        internal void Close()
        {
            _timer.Dispose();
            _close();
        }

        private void TimeIsOver()
        {
            if (Leave()) _close();
        }
    }
}
