using System.Net;
using PgmCluster.Chaos.Clusters;
using PgmCluster.Grains.Callers;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.Storage.Postgres;
using PgmCluster.Silo.Storage.Secrets;

namespace PgmCluster.Cluster.Tests.Support;

/// <summary>A client that knows the cluster's secret: it may ask what only silos may, such as the framework's management.</summary>
internal static class InsideConnection
{
    /// <param name="silo">Whose gateway.</param>
    /// <param name="database">The cluster's.</param>
    public static async Task<SiloConnection> ConnectInsideAsync(this SiloProcess silo, string database)
    {
        var state = await PostgresDatabase.OpenAsync(() => database, TimeSpan.Zero, null, TimeProvider.System, CancellationToken.None);
        var proof = new CallProof(ClusterSecrets.Read(new SiloOptions(), state));
        return await SiloConnection.ConnectAsync(
            new DnsEndPoint[] { silo.Gateway }, "pgm", "pgm",
            configure: client => client.AddOutgoingGrainCallFilter(new ProvingFilter(proof)));
    }
}
