using PgmCluster.Contracts.Devices;

namespace PgmCluster.Grains.Training;

/// <summary>What a run is specified for.</summary>
internal static class TypicalDevice
{
    /// <summary>GPUs where there are any, else the kind of CPU that most devices have. Null where no device is known.</summary>
    public static DeviceInfo? Of(IEnumerable<DeviceInfo> devices) => devices.GroupBy(d => d.Model, StringComparer.Ordinal)
        .OrderByDescending(g => g.First().Device.StartsWith("cuda", StringComparison.Ordinal))
        .ThenByDescending(g => g.Count())
        .ThenBy(g => g.Key, StringComparer.Ordinal)
        .FirstOrDefault()?.First();
}
