using System.Data.Common;

namespace PgmCluster.Silo.Storage;

/// <summary>
/// Which stored state belongs to a cluster: clusters may share a database, and the framework tells their state apart by one key only.
/// </summary>
/// <param name="StateId">
/// The key, which the framework calls the service's id: <c>SERVICE</c> for the first cluster of a service in its database and so for
/// whatever was stored before clusters were kept apart, <c>SERVICE/CLUSTER</c> for each further one, with a number where a state that was
/// moved elsewhere has that (<see cref="Retire"/>).
/// </param>
/// <param name="ArtifactId">Stands in the artifact store of the cluster.</param>
internal sealed record StateOwner(string StateId, string ArtifactId)
{
    // State that nobody has claimed comes from a version that kept clusters apart by their service alone. It is of the cluster whose
    // membership is in the database. The unique key of StateId decides between two clusters that come at once.
    public const string Insert = """
        INSERT INTO PgmStateOwner (ServiceId, ClusterId, StateId, ArtifactId)
        SELECT @ServiceId, @ClusterId,
               CASE WHEN EXISTS (SELECT 1 FROM PgmStateOwner WHERE StateId = @ServiceId)
                    THEN @Apart || (SELECT CASE WHEN count(*) = 0 THEN '' ELSE '/' || CAST(count(*) AS text) END
                                      FROM PgmStateOwner WHERE StateId = @Apart OR StateId LIKE @Apart || '/%')
                    WHEN EXISTS (SELECT 1 FROM PgmGrainState WHERE ServiceId = @ServiceId)
                     AND EXISTS (SELECT 1 FROM PgmMembership)
                     AND NOT EXISTS (SELECT 1 FROM PgmMembership WHERE DeploymentId = @ClusterId) THEN @Apart
                    ELSE @ServiceId
               END,
               @ArtifactId
         WHERE 1 = 1
        ON CONFLICT DO NOTHING
        """;

    /// <summary>Finds what a cluster has claimed, or claims its state at its first start.</summary>
    /// <param name="database">The schema is up to date.</param>
    /// <param name="serviceId">The silo's <see cref="PgmCluster.Silo.Options.SiloOptions.ServiceId"/>.</param>
    /// <param name="clusterId">The silo's <see cref="PgmCluster.Silo.Options.SiloOptions.ClusterId"/>.</param>
    /// <param name="notice">Told in one line what a first start means for state that is there already.</param>
    /// <exception cref="StateDatabaseException">The database cannot be used.</exception>
    public static StateOwner Claim(IStateDatabase database, string serviceId, string clusterId, Action<string> notice)
    {
        try
        {
            using var connection = database.Connect();
            if (Find(connection, serviceId, clusterId) is { } known) return known;
            var others = ReadOthers(connection, serviceId, clusterId);
            while (true)
            {
                connection.Execute(Insert, Claimed(serviceId, clusterId, Guid.NewGuid().ToString("N")));
                if (Find(connection, serviceId, clusterId) is not { } claimed) continue;
                if (others.Count > 0) notice(Describe(database.Name, clusterId, others, apart: claimed.StateId != serviceId));
                return claimed;
            }
        }
        catch (Exception e) when (database.Describe("find the state of this cluster in", e) is { } described)
        {
            throw described;
        }
    }

    /// <summary>The values of <see cref="Insert"/>.</summary>
    public static (string, object)[] Claimed(string serviceId, string clusterId, string artifactId) =>
    [
        ("@ServiceId", serviceId), ("@ClusterId", clusterId), ("@Apart", $"{serviceId}/{clusterId}"), ("@ArtifactId", artifactId),
    ];

    /// <summary>What a cluster has claimed; null before its first start.</summary>
    public static StateOwner? Find(DbConnection connection, string serviceId, string clusterId)
    {
        using var command = connection
            .Command("SELECT StateId, ArtifactId FROM PgmStateOwner WHERE ServiceId = @ServiceId AND ClusterId = @ClusterId",
            ("@ServiceId", serviceId), ("@ClusterId", clusterId));
        using var reader = command.ExecuteReader();
        return reader.Read() ? new StateOwner(reader.GetString(0), reader.GetString(1)) : null;
    }

    /// <summary>
    /// Has a cluster's state found no more under its name, once it is elsewhere: whoever starts with that begins anew, with another
    /// <see cref="ArtifactId"/>, and is refused by the store that the moved one uses, as is whoever starts with its new name.
    /// </summary>
    /// <returns>The name of the cluster that it is left to.</returns>
    /// <exception cref="StateDatabaseException">It cannot be written.</exception>
    public static string Retire(IStateDatabase database, string serviceId, string clusterId)
    {
        try
        {
            using var connection = database.Connect();
            var retired = $"{clusterId}.moved";
            for (var i = 2; Find(connection, serviceId, retired) is not null; i++) retired = $"{clusterId}.moved{i}";
            connection.Execute("""
                UPDATE PgmStateOwner SET ClusterId = @Retired, ArtifactId = ArtifactId || '.moved'
                 WHERE ServiceId = @ServiceId AND ClusterId = @ClusterId
                """, ("@Retired", retired), ("@ServiceId", serviceId), ("@ClusterId", clusterId));
            return retired;
        }
        catch (Exception e) when (database.Describe("retire the state of this cluster in", e) is { } described)
        {
            throw described;
        }
    }

    private static List<string> ReadOthers(DbConnection connection, string serviceId, string clusterId)
    {
        using var command = connection.Command("""
            SELECT ClusterId FROM PgmStateOwner WHERE ServiceId = @ServiceId AND ClusterId <> @ClusterId
            UNION
            SELECT DeploymentId FROM PgmMembership
             WHERE DeploymentId <> @ClusterId AND EXISTS (SELECT 1 FROM PgmGrainState WHERE ServiceId = @ServiceId)
             ORDER BY 1
            """, ("@ServiceId", serviceId), ("@ClusterId", clusterId));
        using var reader = command.ExecuteReader();
        var others = new List<string>();
        while (reader.Read()) others.Add(reader.GetString(0));
        return others;
    }

    private static string Describe(string database, string clusterId, List<string> others, bool apart)
    {
        var names = string.Join(", ", others.Select(name => $"'{name}'"));
        return apart
            ? $"Cluster '{clusterId}' is new in the state database {database} and begins with no runs: those of {names} are kept apart. "
                + "To go on with them, set Pgm:ClusterId to that name."
            : $"Cluster '{clusterId}' goes on with the runs in the state database {database}, which an older version shared between "
                + $"clusters: {names} will begin with none.";
    }
}
