using System.Globalization;
using PgmCluster.Data;
using PgmCluster.Modeling.Runtime;

namespace PgmCluster.Execution.Devices;

/// <summary>The one place that finds out which devices a silo or a command computes on, and refuses those that are not there.</summary>
public static class ComputeDevices
{
    private const string LegalForms = "Use auto, none, or a list such as cpu:0,cpu:1 or cuda:0.";

    /// <summary>
    /// The devices that the setting <c>Pgm:Devices</c> means: "auto" (every GPU that libtorch can use, else one CPU device with all cores),
    /// "none", or a list such as "cpu:0,cpu:1". The driver is asked only where GPUs come into question, and libtorch only where there are
    /// some.
    /// </summary>
    /// <param name="setting">The setting.</param>
    /// <param name="coresPerDevice">Cores of each CPU device; 0 divides the machine's among them.</param>
    /// <exception cref="BadInputException">A name in the list is not a device, or is not there.</exception>
    public static IReadOnlyList<ComputeDevice> Find(string setting, int coresPerDevice = 0) =>
        Find(setting, coresPerDevice, () => CudaDriver.Inventory, LibtorchProblem);

    /// <summary>
    /// Like <see cref="Find(string, int)"/>, whether or not libtorch can use them, and without asking it: for finding out why not.
    /// </summary>
    /// <exception cref="BadInputException">A name in the list is not a device, or is not there.</exception>
    public static IReadOnlyList<ComputeDevice> Present(string setting, int coresPerDevice = 0) =>
        Find(setting, coresPerDevice, () => CudaDriver.Inventory, _ => null);

    /// <summary>Why libtorch cannot use this machine's GPUs, as a clause; null where it can, or where there are none.</summary>
    public static string? WhyNoGpu() => CudaDriver.Inventory.Gpus.Count is > 0 and var count ? LibtorchProblem(count) : null;

    /// <param name="setting">The setting.</param>
    /// <param name="coresPerDevice">Cores of each CPU device; 0 divides the machine's among them.</param>
    /// <param name="inventory">The machine's GPUs.</param>
    /// <param name="libtorchProblem">Why libtorch cannot use so many GPUs, as a clause; null where it can.</param>
    internal static IReadOnlyList<ComputeDevice> Find(
        string setting, int coresPerDevice, Func<GpuInventory> inventory, Func<int, string?> libtorchProblem)
    {
        var cuda = "";
        var names = Names(setting);
        if (names is null)
        {
            var count = inventory().Gpus.Count;
            names = count > 0 && libtorchProblem(count) is null ? [.. Enumerable.Range(0, count).Select(i => $"cuda:{i}")] : ["cpu:0"];
        }
        else if ((cuda = names.FirstOrDefault(IsCuda) ?? "").Length > 0)
        {
            var found = inventory();
            var missing = names.Where(IsCuda).Where(n => IndexOf(n) >= found.Gpus.Count).ToArray();
            if (found.Gpus.Count == 0)
                throw new BadInputException(
                    $"Opening {missing[0]}: this machine has no GPU that CUDA can use ({found.Problem}). "
                    + "Set PGM_DEVICES (Pgm:Devices, --devices) to auto or cpu:0, or mend the driver.");
            var present = JoinWithAnd([.. Enumerable.Range(0, found.Gpus.Count).Select(i => $"cuda:{i}")]);
            if (missing.Length > 0)
                throw new BadInputException(
                    $"Opening {missing[0]}: {missing[0]} is not there: this machine has {present}. "
                    + "Set PGM_DEVICES (Pgm:Devices, --devices) to those, or to auto.");
            if (libtorchProblem(found.Gpus.Count) is { } problem)
                throw new BadInputException(
                    $"Opening {cuda}: this machine has {present}, and {problem}. "
                    + "Use a build with CUDA (-p:TorchBackend=cuda, image silo-cuda), or set PGM_DEVICES to cpu:0.");
        }

        var cpus = names.Count(n => !IsCuda(n));
        return [.. names.Select(n => IsCuda(n)
            ? ComputeDevice.Cuda(IndexOf(n), inventory().Gpus[IndexOf(n)])
            : ComputeDevice.Cpu(IndexOf(n), coresPerDevice > 0 ? coresPerDevice : Math.Max(1, MachineLimits.Current.Cores / cpus)))];
    }

    /// <summary>Checks the setting's form, without asking what there is.</summary>
    /// <exception cref="BadInputException">It is not "auto", "none" or a list of devices.</exception>
    public static void CheckForm(string setting) => Names(setting);

    /// <summary>One line where "auto" computes on the CPU although the machine has GPUs; null otherwise.</summary>
    public static string? Unused(string setting) => Unused(setting, () => CudaDriver.Inventory, LibtorchProblem);

    internal static string? Unused(string setting, Func<GpuInventory> inventory, Func<int, string?> libtorchProblem) =>
        Names(setting) is null && inventory().Gpus is { Count: > 0 } gpus && libtorchProblem(gpus.Count) is { } problem
            ? $"Computing on the CPU: this machine has {gpus[0].Name}, and {problem}. "
                + "Use a build with CUDA (-p:TorchBackend=cuda, image silo-cuda), or set PGM_DEVICES to cpu:0."
            : null;

    /// <summary>The names in the setting; null for "auto".</summary>
    /// <exception cref="BadInputException">It is not "auto", "none" or a list of devices.</exception>
    private static IReadOnlyList<string>? Names(string setting)
    {
        switch (setting.Trim())
        {
            case "auto": return null;
            case "none": return [];
        }
        var names = setting.Split(',', StringSplitOptions.TrimEntries);
        foreach (var name in names)
        {
            if (name.Split(':') is not ["cpu" or "cuda", { Length: > 0 and <= 3 } index] || !index.All(char.IsAsciiDigit)
                || (index.Length > 1 && index[0] == '0'))
                throw new BadInputException($"Pgm:Devices is '{setting}': '{name}' is not a device. {LegalForms}");
        }
        if (names.Distinct().Count() != names.Length)
            throw new BadInputException($"Pgm:Devices is '{setting}': it names a device twice. {LegalForms}");
        return names;
    }

    private static string? LibtorchProblem(int gpus)
    {
        var count = NativeRuntime.CudaDeviceCount();
        if (count >= gpus) return null;
        if (!NativeRuntime.HasCuda) return "libtorch here has no CUDA";
        return $"libtorch's CUDA finds {count} of them (is the driver older than that CUDA needs?)";
    }

    private static bool IsCuda(string name) => name.StartsWith("cuda:", StringComparison.Ordinal);

    private static int IndexOf(string name) =>
        int.Parse(name[(name.IndexOf(':', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture);

    private static string JoinWithAnd(string[] names) => names.Length == 1 ? names[0] : $"{string.Join(", ", names[..^1])} and {names[^1]}";
}
