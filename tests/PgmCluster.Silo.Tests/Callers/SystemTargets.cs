using System.Collections;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Metadata;
using Orleans.Runtime;

namespace PgmCluster.Silo.Tests.Callers;

/// <summary>The framework's own parts of a silo, which it addresses like grains.</summary>
internal static class SystemTargets
{
    /// <summary>All of a silo, by each interface that can be called.</summary>
    public static IEnumerable<(GrainId Id, Type Interface)> Of(IServiceProvider silo)
    {
        var directory = silo.GetRequiredService(
            typeof(SystemTarget).Assembly.GetType("Orleans.Runtime.ActivationDirectory", throwOnError: true)!);
        foreach (var entry in (IEnumerable<KeyValuePair<GrainId, IGrainContext>>)directory)
        {
            if (!entry.Key.IsSystemTarget()) continue;
            foreach (var contract in entry.Value.GetType().GetInterfaces())
                if (contract != typeof(ISystemTarget) && typeof(ISystemTarget).IsAssignableFrom(contract))
                    yield return (entry.Key, contract);
        }
    }

    public static object Reference(IClusterClient client, GrainId id, Type contract)
    {
        var type = client.ServiceProvider.GetRequiredService<GrainInterfaceTypeResolver>().GetGrainInterfaceType(contract);
        return client.GetGrain(id, type);
    }

    /// <summary>From now on each message of a client says that it comes from another grain.</summary>
    public static void Forge(IClusterClient client, GrainId sender)
    {
        var type = typeof(IManagementGrain).Assembly.GetType("Orleans.OutsideRuntimeClient", throwOnError: true)!;
        var address = type.GetProperty("CurrentActivationAddress", BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)!;
        var runtime = client.ServiceProvider.GetRequiredService(type);
        var own = (GrainAddress)address.GetValue(runtime)!;
        address.SetValue(runtime, new GrainAddress { GrainId = sender, ActivationId = own.ActivationId, SiloAddress = own.SiloAddress });
    }
}
