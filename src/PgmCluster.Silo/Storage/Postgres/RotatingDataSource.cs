using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace PgmCluster.Silo.Storage.Postgres;

/// <summary>
/// Connections by the connection string that holds at the moment: a password, a user or a server that was changed in a mounted secret is
/// used by every new connection, and connections of before are closed when they come back.
/// </summary>
/// <remarks>All users of a database share one, and by that its pool of connections.</remarks>
internal sealed class RotatingDataSource : DbDataSource
{
    private static readonly TimeSpan s_lookAgainAfter = TimeSpan.FromSeconds(1);

    private readonly Func<string> _read;
    private readonly TimeProvider _time;
    private readonly Action<string>? _notice;
    private readonly Lock _lock = new();
    private NpgsqlDataSource _source;
    private NpgsqlDataSource? _former;
    private string _current;
    private string? _complaint;
    private long _lookedAt;

    /// <param name="read">
    /// Reads the complete connection string; a <see cref="StateDatabaseException"/>, whose message says why none can be read, leaves the
    /// former one in use.
    /// </param>
    /// <param name="time">The clock: it is read at most once a second.</param>
    /// <param name="notice">Told in a line without secrets that it changed, and why one cannot be used.</param>
    /// <exception cref="Exception">Whatever <paramref name="read"/> throws at first.</exception>
    public RotatingDataSource(Func<string> read, TimeProvider time, Action<string>? notice)
    {
        (_read, _time, _notice) = (read, time, notice);
        _current = read();
        _source = NpgsqlDataSource.Create(_current);
        _lookedAt = time.GetTimestamp();
    }

    /// <summary>Of the source that is in use, without its password.</summary>
    [AllowNull]
    public override string ConnectionString => new NpgsqlConnectionStringBuilder(Current().ConnectionString) { Password = null }.ToString();

    /// <summary>Closes the connections that nobody uses, and the others when they come back. New ones can be opened afterwards.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _source.Clear();
            _former?.Clear();
        }
    }

    protected override DbConnection CreateDbConnection() => Current().CreateConnection();

    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        lock (_lock)
        {
            _source.Dispose();
            _former?.Dispose();
        }
    }

    private NpgsqlDataSource Current()
    {
        lock (_lock)
        {
            if (_time.GetElapsedTime(_lookedAt) < s_lookAgainAfter) return _source;
            _lookedAt = _time.GetTimestamp();
            try
            {
                var read = _read();
                _complaint = null;
                if (read == _current) return _source;
                var next = NpgsqlDataSource.Create(read);
                _notice?.Invoke("The connection string of the state database was changed: new connections use it.");
                _source.Clear();
                _former?.Dispose();
                // Not disposed yet: a connection of it may have been made that nobody has opened.
                (_former, _source, _current) = (_source, next, read);
            }
            catch (Exception e) when (e is StateDatabaseException or ArgumentException)
            {
                // What the driver says may hold values.
                var problem = e is StateDatabaseException ? e.Message : "the driver cannot use it";
                if (problem != _complaint)
                    _notice?.Invoke($"Reading the connection string of the state database again: {problem}. The former one stays in use.");
                _complaint = problem;
            }
            return _source;
        }
    }
}
