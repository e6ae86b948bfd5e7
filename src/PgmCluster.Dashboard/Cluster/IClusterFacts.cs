namespace PgmCluster.Dashboard.Cluster;

/// <summary>What the cluster is made of and stands on, as the silo that serves the page knows it.</summary>
public interface IClusterFacts
{
    /// <summary>Looks. What does not answer is said in what comes back, and is no exception.</summary>
    Task<ClusterFacts> ReadAsync(CancellationToken cancellation);
}

/// <summary>What was found.</summary>
/// <param name="ClusterId">Which cluster.</param>
/// <param name="Version">Of the program that serves the page.</param>
/// <param name="Silos">All that the membership knows of, by name; those that ended stay for a while.</param>
/// <param name="Database">Where state is kept; without a password.</param>
/// <param name="DatabaseAnswer">How long a question to it took; null where it did not answer.</param>
/// <param name="DatabaseProblem">Why it did not answer, in one line; null where it did.</param>
/// <param name="Store">Where artifacts are kept.</param>
/// <param name="StoreFree">Bytes that may still be written there; null where that has no limit or cannot be said.</param>
/// <param name="StoreCapacity">Bytes of that file system in all; null as before.</param>
public sealed record ClusterFacts(
    string ClusterId, string Version, IReadOnlyList<SiloFacts> Silos, string Database, TimeSpan? DatabaseAnswer, string? DatabaseProblem,
    string Store, long? StoreFree, long? StoreCapacity);

/// <summary>A silo.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Address">Where other silos reach it.</param>
/// <param name="Status">One word, such as "active", "joining" or "dead".</param>
/// <param name="IsThis">Whether it serves the page.</param>
public sealed record SiloFacts(string Name, string Address, string Status, bool IsThis);
