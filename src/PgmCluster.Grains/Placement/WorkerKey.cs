namespace PgmCluster.Grains.Placement;

/// <summary>Keys of worker grains: "siloName/device".</summary>
internal static class WorkerKey
{
    public static string Of(string siloName, string device) => $"{siloName}/{device}";

    public static string SiloOf(string key) => key[..Math.Max(0, key.LastIndexOf('/'))];

    public static string DeviceOf(string key) => key[(key.LastIndexOf('/') + 1)..];
}
