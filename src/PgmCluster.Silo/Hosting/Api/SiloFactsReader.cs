using System.Diagnostics;
using Orleans.Runtime;
using PgmCluster.Contracts.Errors;
using PgmCluster.Dashboard.Cluster;
using PgmCluster.Data.Artifacts.Opening;
using PgmCluster.Silo.Hosting.Metrics;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Versions;

namespace PgmCluster.Silo.Hosting.Api;

/// <summary>What this silo knows of its cluster.</summary>
/// <param name="options">Of the silo.</param>
/// <param name="membership">Who is there.</param>
/// <param name="local">This silo.</param>
/// <param name="database">That they share.</param>
internal sealed class SiloFactsReader(
    SiloOptions options, IClusterMembershipService membership, ILocalSiloDetails local, IStateDatabase database) : IClusterFacts
{
    /// <summary>Nobody waits longer for a page that says that the database is away.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    public async Task<ClusterFacts> ReadAsync(CancellationToken cancellation)
    {
        var (answer, problem) = await AskDatabaseAsync(cancellation);
        var disk = ArtifactStores.IsRemote(options.ArtifactsPlace) ? null : DiskReadings.DriveOf(options.ArtifactsPlace);
        return new ClusterFacts(
            local.ClusterId, ProductVersion.Current, [.. Silos()], database.Name, answer, problem, options.ArtifactsPlace, disk?.Free,
            disk?.Capacity);
    }

    private IEnumerable<SiloFacts> Silos() => membership.CurrentSnapshot.Members.Values
        .OrderBy(m => m.Name, StringComparer.Ordinal).ThenByDescending(m => m.SiloAddress.Generation)
        .Select(m => new SiloFacts(
            m.Name, m.SiloAddress.Endpoint.ToString(), m.Status.ToString().ToLowerInvariant(), m.SiloAddress.Equals(local.SiloAddress)));

    private async Task<(TimeSpan? Answer, string? Problem)> AskDatabaseAsync(CancellationToken cancellation)
    {
        var begun = Stopwatch.GetTimestamp();
        try
        {
            await AskAsync().WaitAsync(s_patience, cancellation);
            return (Stopwatch.GetElapsedTime(begun), null);
        }
        catch (TimeoutException)
        {
            return (null, $"Asking {database.Name}: it did not answer within {s_patience.TotalSeconds:0} s.");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return (null, ErrorLine.Of(database.Describe("ask", e) ?? e));
        }
    }

    private async Task AskAsync()
    {
        await using var connection = await database.ConnectAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT 1";
        await command.ExecuteScalarAsync();
    }
}
