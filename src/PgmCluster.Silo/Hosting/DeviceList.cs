using PgmCluster.Grains.Placement;

namespace PgmCluster.Silo.Hosting;

/// <summary>Names of compute devices, such as <c>cuda:0</c> and <c>cpu:1</c>.</summary>
public static class DeviceList
{
    /// <summary>Key of the silo metadata that lists a silo's devices, separated by commas; empty for a control silo.</summary>
    public const string MetadataKey = PreferControlSiloPlacement.DevicesKey;

    /// <summary>Turns <c>auto</c>, <c>none</c> or a list into device names.</summary>
    /// <exception cref="FormatException">The value is none of these; the message names the legal forms.</exception>
    public static IReadOnlyList<string> Resolve(string value)
    {
        switch (value?.Trim())
        {
            case "none":
                return [];
            case "auto":
                var gpus = CountGpus();
                return gpus == 0 ? ["cpu:0"] : [.. Enumerable.Range(0, gpus).Select(i => $"cuda:{i}")];
        }

        var devices = (value ?? "").Split(',', StringSplitOptions.TrimEntries);
        foreach (var device in devices)
        {
            var parts = device.Split(':');
            if (parts is not ["cpu" or "cuda", { Length: > 0 and <= 3 } index] || !index.All(char.IsAsciiDigit) || (index.Length > 1 && index[0] == '0'))
            {
                throw new FormatException($"Pgm:Devices is '{value}': use auto, none, or a list like cpu:0,cpu:1 or cuda:0,cuda:1");
            }
        }
        if (devices.Distinct().Count() != devices.Length) throw new FormatException($"Pgm:Devices is '{value}': a device is named twice");
        return devices;
    }

    // Asked of the driver's files and not of libtorch: loading that costs seconds, and a control silo never needs it.
    private static int CountGpus()
    {
        var visible = Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES");
        const string Driver = "/proc/driver/nvidia/gpus";
        var present = Directory.Exists(Driver) ? Directory.GetDirectories(Driver).Length : 0;
        if (present == 0 || visible is null) return present;
        return Math.Min(present, visible.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).TakeWhile(id => id != "-1").Count());
    }
}
