using System.Data.Common;
using PgmCluster.Silo.Storage;

namespace PgmCluster.Silo.Tests.Storage;

/// <summary>A database whose connections a test makes, with its number, from 1.</summary>
internal sealed class HookedDatabase(IStateDatabase inner, Func<int, DbConnection> connect) : IStateDatabase
{
    private int _connections;

    public int Connections => _connections;

    public string Name => inner.Name;

    public string Invariant => inner.Invariant;

    public DbDataSource Source => inner.Source;

    public bool HasOneWriter => inner.HasOneWriter;

    public string? TimeQuery => inner.TimeQuery;

    public string MarkSiloDead => inner.MarkSiloDead;

    public DbConnection Connect() => connect(Interlocked.Increment(ref _connections));

    public DbTransaction BeginSnapshot(DbConnection connection) => inner.BeginSnapshot(connection);

    public StateDatabaseException? Describe(string attempt, Exception exception) => inner.Describe(attempt, exception);

    public void Release() => inner.Release();
}
