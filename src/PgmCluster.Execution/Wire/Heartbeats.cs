using PgmCluster.Execution.Wire.Judging;

namespace PgmCluster.Execution.Wire;

/// <summary>
/// The thread of a data plane that has all its connections tell their peers, time and again, that this process lives. It does and waits
/// for nothing else, and there is one however many peers there are: a process whose other threads are busy is not taken for dead. A connection in the middle of a frame is
/// told by that: its rest waits for a thread of the pool, of which a data plane has enough made ready.
/// </summary>
/// <param name="interval">From one to the next.</param>
/// <param name="standstill">Told each time.</param>
internal sealed class Heartbeats(TimeSpan interval, OwnStandstill standstill)
{
    private readonly HashSet<PeerConnection> _connections = [];
    private bool _isBeating;

    public void Add(PeerConnection connection)
    {
        lock (_connections)
        {
            _connections.Add(connection);
            if (_isBeating) return;
            _isBeating = true;
        }
        new Thread(Beat) { IsBackground = true, Name = "pgm-gang-heartbeats" }.Start();
    }

    public void Remove(PeerConnection connection)
    {
        lock (_connections) _connections.Remove(connection);
    }

    private void Beat()
    {
        standstill.Begin();
        while (true)
        {
            Thread.Sleep(interval);
            standstill.ComeBy();
            PeerConnection[] connections;
            lock (_connections)
            {
                if (_connections.Count == 0)
                {
                    _isBeating = false;
                    return;
                }
                connections = [.. _connections];
            }
            foreach (var connection in connections) connection.Beat();
        }
    }
}
