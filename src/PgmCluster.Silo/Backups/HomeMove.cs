using System.Globalization;
using PgmCluster.Data;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Copies;

namespace PgmCluster.Silo.Backups;

/// <summary>
/// Moves the state of a cluster whose silos have stopped from SQLite to PostgreSQL, or back. Artifacts stay where they are.
/// </summary>
public static class HomeMove
{
    private const string Attempt = "Moving a home";

    /// <summary>A silo says so often that it lives; one that has not for so long is not there.</summary>
    private static readonly TimeSpan s_silent = TimeSpan.FromMinutes(1);

    /// <param name="from">
    /// Where the state is. Once it is moved its file gets another name, in PostgreSQL its cluster: silos that start there are refused.
    /// </param>
    /// <param name="to">Where it is to be: no state of the cluster is there, unless a move was cut off when it had arrived.</param>
    /// <param name="notice">Told that the database is waited for.</param>
    /// <param name="cancellation">Ends it; then nothing is moved.</param>
    /// <returns>Rows that were moved, and where what was is left.</returns>
    /// <exception cref="BadInputException">There is no state, or a silo uses it, or the other place is not empty.</exception>
    /// <exception cref="StateDatabaseException">One of the two cannot be used.</exception>
    public static async Task<(long Rows, string Left)> RunAsync(
        SiloOptions from, SiloOptions to, Action<string> notice, CancellationToken cancellation)
    {
        var source = StateSource.Existing(Attempt, from);
        IStateDatabase? target = null;
        try
        {
            var owner = StateCopy.RequireOwner(Attempt, source, from.ServiceId, from.ClusterId);
            RequireAtRest(source, from.ClusterId);
            target = await StateDatabases.OpenAsync(to, notice, TimeProvider.System, cancellation);
            if (Arrived(source, owner, target, to) is not { } rows)
            {
                (rows, _) = await StateCopy.CopyAsync(
                    Attempt, source, owner, target, to.ServiceId, to.ClusterId, cancellation,
                    beforeCommit: () => RequireAtRest(source, from.ClusterId));
            }
            return (rows, Retire(source, from));
        }
        finally
        {
            source.Release();
            target?.Release();
        }
    }

    /// <returns>The rows of a move that was cut off once they were there; null where nothing is.</returns>
    private static long? Arrived(IStateDatabase source, StateOwner owner, IStateDatabase target, SiloOptions to)
    {
        using var connection = target.Connect();
        if (StateOwner.Find(connection, to.ServiceId, to.ClusterId) is not { } there || there.ArtifactId != owner.ArtifactId) return null;
        return StateComparison.RowsIfSame(source, owner.StateId, target, there.StateId) ?? throw new BadInputException(
            $"{Attempt}: cluster '{to.ClusterId}' has state in {target.Name} already, of the same artifacts as in {source.Name}, but not "
            + "the same rows: one of the two has gone on since. Start silos with the one that is right, and remove the other.");
    }

    /// <summary>Of two that know the same artifacts only one may go on: the other is not found any more under its cluster's name.</summary>
    /// <returns>Where it is left.</returns>
    private static string Retire(IStateDatabase source, SiloOptions from)
    {
        if (from.ReadDatabase() is not null)
            return $"{source.Name} as that of cluster '{StateOwner.Retire(source, from.ServiceId, from.ClusterId)}'";
        source.Release();
        var left = $"{from.StatePath}.moved";
        File.Move(from.StatePath, left, overwrite: true);
        return left;
    }

    // One that joins will write, and one that stops still does; only a dead one does not.
    private static void RequireAtRest(IStateDatabase database, string clusterId)
    {
        using var connection = database.Connect();
        using var command = connection.Command(
            "SELECT SiloName, IAmAliveTime FROM PgmMember WHERE DeploymentId = @ClusterId AND Status <> 6", ("@ClusterId", clusterId));
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var alive = reader.GetValue(1) is DateTime time ? time.ToUniversalTime()
                : DateTime.Parse(
                    reader.GetString(1), CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal);
            if (DateTime.UtcNow - alive < s_silent)
                throw new BadInputException(
                    $"{Attempt}: silo '{reader.GetString(0)}' uses {database.Name}. Stop all silos; one that was killed is forgotten "
                    + "after a minute.");
        }
    }
}
