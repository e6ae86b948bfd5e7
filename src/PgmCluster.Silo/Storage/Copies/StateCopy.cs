using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using PgmCluster.Data;
using PgmCluster.Silo.Storage.Schema;

namespace PgmCluster.Silo.Storage.Copies;

/// <summary>
/// Copies a cluster's state from one database into another of any kind, as it is at one moment, while silos work. Between the two nothing
/// of a row changes but whose it is.
/// </summary>
internal static class StateCopy
{
    /// <summary>Nobody waits for a lock that this holds, so a server that is slow may take its time.</summary>
    private static readonly TimeSpan s_batchTimeout = TimeSpan.FromMinutes(5);

    /// <summary>What SQLite says of a table that is not there, among other mistakes in a statement.</summary>
    private const int SqliteError = 1;

    /// <summary>What a cluster has claimed in a database that is there.</summary>
    /// <param name="attempt">What is attempted, as in "Making a backup".</param>
    /// <param name="database">Nothing is made in it.</param>
    /// <param name="serviceId">Of the cluster.</param>
    /// <param name="clusterId">Of the cluster.</param>
    /// <exception cref="BadInputException">There is none of that cluster, or the schema is of another version.</exception>
    /// <exception cref="StateDatabaseException">It cannot be read.</exception>
    public static StateOwner RequireOwner(string attempt, IStateDatabase database, string serviceId, string clusterId)
    {
        try
        {
            using var connection = database.Connect();
            var version = Math.Max(Version(connection, SchemaVersions.Required), Version(connection, SchemaVersions.Beside));
            if (version > 0 && version != SqlScripts.Sqlite.LatestVersion)
                throw new BadInputException(
                    $"{attempt}: the schema of {database.Name} has version {version}, this program knows "
                    + $"{SqlScripts.Sqlite.LatestVersion}. Use the program that the silos run, or copy the database itself "
                    + "(deploy/docs/operations.md), or start a silo of this program once.");
            var owner = version > 0 ? StateOwner.Find(connection, serviceId, clusterId) : null;
            return owner ?? throw new BadInputException(
                $"{attempt}: there is no state of cluster '{clusterId}' in {database.Name}. Name its home, or its database and "
                + "Pgm:ClusterId.");
        }
        catch (Exception e) when (database.Describe("read", e) is { } described)
        {
            throw described;
        }
    }

    /// <exception cref="BadInputException">The cluster has state there already.</exception>
    public static void RequireNone(string attempt, IStateDatabase database, string serviceId, string clusterId)
    {
        using var connection = database.Connect();
        if (StateOwner.Find(connection, serviceId, clusterId) is not null) throw Present(attempt, database, clusterId);
    }

    /// <summary>Copies; all of it is there when the task completes, or nothing.</summary>
    /// <param name="attempt">What is attempted.</param>
    /// <param name="source">Where the state is.</param>
    /// <param name="owner">Whose it is.</param>
    /// <param name="target">Its schema is up to date.</param>
    /// <param name="serviceId">Whose it becomes.</param>
    /// <param name="clusterId">Whose it becomes.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="beforeCommit">Called when all is copied; where it throws nothing is.</param>
    /// <returns>Rows that were copied, and whose they are there.</returns>
    /// <exception cref="BadInputException">The cluster has state in the target already.</exception>
    public static async Task<(long Rows, StateOwner Owner)> CopyAsync(
        string attempt, IStateDatabase source, StateOwner owner, IStateDatabase target, string serviceId, string clusterId,
        CancellationToken cancellation, Action? beforeCommit = null)
    {
        try
        {
            await using var from = source.Connect();
            await using var snapshot = source.BeginSnapshot(from);
            using var into = new StateTransactions(target.Connect());
            await into.Begin();
            if (await into.Execute(StateOwner.Insert, StateOwner.Claimed(serviceId, clusterId, owner.ArtifactId)) == 0)
                throw Present(attempt, target, clusterId);
            var stateId = (string)(await into.Ask(
                "SELECT StateId FROM PgmStateOwner WHERE ServiceId = @ServiceId AND ClusterId = @ClusterId",
                ("@ServiceId", serviceId), ("@ClusterId", clusterId)))!;
            var rows = 0L;
            foreach (var table in StateTables.All)
                await into.ExecuteAll(Rows(from, snapshot, table, owner.StateId, stateId, () => rows++, cancellation), s_batchTimeout);
            beforeCommit?.Invoke();
            await into.Commit();
            return (rows, new StateOwner(stateId, owner.ArtifactId));
        }
        catch (Exception e) when (source.Describe("copy state from", e) is { } described)
        {
            throw described;
        }
        catch (Exception e) when (target.Describe("copy state into", e) is { } described)
        {
            throw described;
        }
    }

    private static IEnumerable<Statement> Rows(
        DbConnection from, DbTransaction snapshot, StateTableShape table, string owner, string newOwner, Action counted,
        CancellationToken cancellation)
    {
        using var command = from.Command(table.Select, ("@OfState", owner));
        command.Transaction = snapshot;
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            cancellation.ThrowIfCancellationRequested();
            counted();
            yield return new Statement(
                table.Insert,
                [("@OfState", newOwner), .. table.Columns.Select((column, i) => ($"@{column}", Value(column, reader.GetValue(i))))]);
        }
    }

    /// <summary>A key without extension has an empty one: one of the databases knows no other way, and both read it so.</summary>
    public static object Value(string column, object value) =>
        value is DBNull && column == "GrainIdExtensionString" ? "" : value;

    private static int Version(DbConnection connection, string sql)
    {
        try
        {
            using var command = connection.Command(sql);
            return Convert.ToInt32(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (DbException e)
            when (e is SqliteException { SqliteErrorCode: SqliteError } or { SqlState: PostgresErrorCodes.UndefinedTable })
        {
            // A program of before has not made that table.
            return 0;
        }
    }

    private static BadInputException Present(string attempt, IStateDatabase target, string clusterId) =>
        new($"{attempt}: cluster '{clusterId}' has state in {target.Name} already. Name an empty place, or another Pgm:ClusterId.");
}
