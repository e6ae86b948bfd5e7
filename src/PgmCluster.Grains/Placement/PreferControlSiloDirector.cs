using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Runtime.Placement;
using PgmCluster.Grains.Options;

namespace PgmCluster.Grains.Placement;

/// <summary>
/// Chooses at random among the silos that say they have no devices, and among all where none says so; or the oldest of them
/// (<see cref="GrainsOptions.ControlTogether"/>).
/// </summary>
public sealed class PreferControlSiloDirector(IServiceProvider services) : IPlacementDirector
{
    private readonly bool _together = services.GetService<GrainsOptions>()?.ControlTogether ?? false;

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
        return Task.FromResult(_together ? Oldest(choice) : choice[Random.Shared.Next(choice.Length)]);
    }

    /// <summary>By the second of its start, then by port and address: whoever asks, it is the same one.</summary>
    private static SiloAddress Oldest(SiloAddress[] silos) => silos.Min()!;
}
