using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Runtime.Placement;

namespace PgmCluster.Grains.Placement;

/// <summary>Chooses at random among the silos that say they have no devices, and among all where none says so.</summary>
public sealed class PreferControlSiloDirector(IServiceProvider services) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        // Missing in a silo that was set up without metadata.
        var metadata = services.GetService<ISiloMetadataCache>();
        var control = metadata is null
            ? []
            : silos.Where(
                s => metadata.GetSiloMetadata(s).Metadata.TryGetValue(PreferControlSiloPlacement.DevicesKey,
                    out var devices) && devices.Length == 0).ToArray();
        var choice = control.Length > 0 ? control : silos;
        return Task.FromResult(choice[Random.Shared.Next(choice.Length)]);
    }
}
