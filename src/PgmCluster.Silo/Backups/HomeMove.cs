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

    /// <param name="from">Where the state is; in SQLite its file gets another name once the state is moved.</param>
    /// <param name="to">Where it is to be: no state of the cluster is there.</param>
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
            var (rows, _) = await StateCopy.CopyAsync(Attempt, source, owner, target, to.ServiceId, to.ClusterId, cancellation);
            if (from.ReadDatabase() is not null) return (rows, source.Name);
            source.Release();
            // Nobody goes on with it by mistake.
            var left = $"{from.StatePath}.moved";
            File.Move(from.StatePath, left, overwrite: true);
            return (rows, left);
        }
        finally
        {
            source.Release();
            target?.Release();
        }
    }

    private static void RequireAtRest(IStateDatabase database, string clusterId)
    {
        using var connection = database.Connect();
        using var command = connection.Command(
            "SELECT SiloName, IAmAliveTime FROM PgmMember WHERE DeploymentId = @ClusterId AND Status = 3", ("@ClusterId", clusterId));
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
