using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.TestingHost;
using PgmCluster.Grains.Placement;

namespace PgmCluster.Grains.Tests.Support;

/// <summary>
/// What silos know of each other: each asks the others for their metadata after they have joined, and until it has the answer, a grain
/// that prefers control silos may be placed on any.
/// </summary>
internal static class SiloAcquaintance
{

    /// <summary>Waits until every silo knows which devices every other has.</summary>
    public static async Task WaitForAsync(InProcessTestCluster cluster)
    {
        using var patience = new CancellationTokenSource(Waits.Limit);
        foreach (var silo in cluster.Silos)
        {
            var known = cluster.GetSiloServiceProvider(silo.SiloAddress).GetRequiredService<ISiloMetadataCache>();
            foreach (var other in cluster.Silos)
                while (!known.GetSiloMetadata(other.SiloAddress).Metadata.ContainsKey(PreferControlSiloPlacement.DevicesKey))
                    await Task.Delay(TimeSpan.FromMilliseconds(10), patience.Token);
        }
    }
}
