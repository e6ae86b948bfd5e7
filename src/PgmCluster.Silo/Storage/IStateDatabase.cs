using System.Data.Common;

namespace PgmCluster.Silo.Storage;

/// <summary>Where silos keep grain state and cluster membership. Its schema is up to date.</summary>
public interface IStateDatabase
{
    /// <summary>What messages call it: a file, or database and server. Never with a password.</summary>
    string Name { get; }

    /// <summary>The ADO.NET invariant by which the framework finds the driver.</summary>
    string Invariant { get; }

    /// <summary>Where connections come from, for the framework's providers as well: one pool for all.</summary>
    DbDataSource Source { get; }

    /// <summary>True where only one connection writes at a time, so that the writers of a process had better queue up before it.</summary>
    bool HasOneWriter { get; }

    /// <summary>Statement that answers with the time by the database's clock, UTC; null where that is the clock of this machine.</summary>
    string? TimeQuery { get; }

    /// <summary>
    /// Statement that declares one silo dead, provided that it is as it was seen (<c>@ClusterId</c>, <c>@Address</c>, <c>@Port</c>,
    /// <c>@Generation</c>, <c>@Seen</c>), and raises the version of the membership table, so that silos still running read the change.
    /// </summary>
    string MarkSiloDead { get; }

    /// <summary>Opens a connection of the shared pool.</summary>
    DbConnection Connect() => Source.OpenConnection();

    /// <summary>The same; where all are in use no thread waits for one.</summary>
    ValueTask<DbConnection> ConnectAsync() => ValueTask.FromResult(Connect());

    /// <summary>Begins to read the whole database as it is at one moment; writers go on meanwhile.</summary>
    DbTransaction BeginSnapshot(DbConnection connection);

    /// <summary>
    /// The one clear line for what the driver reported; null where <paramref name="exception"/> holds nothing of the driver's.
    /// </summary>
    /// <param name="attempt">What was attempted, ending before the database's name: "open the state database".</param>
    /// <param name="exception">What was caught; the driver's exception may lie deep in it.</param>
    StateDatabaseException? Describe(string attempt, Exception exception);

    /// <summary>Closes the pooled connections of this process.</summary>
    void Release();
}
