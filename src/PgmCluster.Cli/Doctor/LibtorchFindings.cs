using PgmCluster.Data;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Doctor;
using PgmCluster.Modeling.Runtime;
using PgmCluster.Silo.Doctor;

namespace PgmCluster.Cli.Doctor;

/// <summary>The libtorch that would be computed with.</summary>
internal static class LibtorchFindings
{
    private const string Subject = "libtorch";

    /// <returns>What it is, null where it cannot be loaded; and its lines.</returns>
    public static (LibtorchFacts? Facts, IReadOnlyList<Finding> Findings) Look()
    {
        try
        {
            var facts = LibtorchFacts.Read();
            return (facts, [Library(facts), Cuda(facts), .. NativeRuntime.HasCuda ? [NcclFinding.Look()] : Array.Empty<Finding>()]);
        }
        catch (Exception e) when (e is BadInputException or PlatformNotSupportedException or InvalidDataException)
        {
            return (null, [Findings.Failed(Subject, e.Message)]);
        }
    }

    /// <summary>Writes down that a libtorch of another version than the one built for has passed, where it has.</summary>
    /// <param name="facts">The library.</param>
    /// <param name="devices">What was computed on.</param>
    /// <param name="hasFailed">Whether that was wrong somewhere.</param>
    public static Finding Pass(LibtorchFacts facts, IReadOnlyList<ComputeDevice> devices, bool hasFailed)
    {
        const string Passing = "libtorch's pass";
        if (hasFailed || facts.Missing.Count > 0)
            return Finding.Failed(
                Passing, $"libtorch {facts.Version} has not passed and is not used",
                "Use the libtorch this program was built for: unset PGM_LIBTORCH (Pgm:LibTorch) or name another directory.");
        if (devices.Count == 0)
            return Finding.Failed(
                Passing, $"libtorch {facts.Version} has not passed: no device was computed on",
                "Name the devices that it is for with --device.");
        try
        {
            var path = NativeRuntime.RecordPass([.. devices.Select(d => d.Name)]);
            return Finding.Warning(
                Passing, $"libtorch {facts.Version} has passed on {string.Join(", ", devices.Select(d => d.Name))}, which is written "
                + $"down in {path}",
                "It is used from now on; new runs with it are relaxed, never strict.");
        }
        catch (BadInputException e)
        {
            return Findings.Failed(Passing, e.Message);
        }
    }

    private static Finding Library(LibtorchFacts facts)
    {
        var found = $"{facts.Version}, {facts.File}";
        if (facts.Missing.Count > 0)
            return Finding.Failed(
                Subject, $"{found}: {facts.Missing.Count} of {facts.Symbols} symbols that TorchSharp needs are missing, the first is "
                + $"{facts.Missing[0]}", "Install PgmCluster again, or name a whole libtorch with PGM_LIBTORCH.");
        found += $": all {facts.Symbols} symbols that TorchSharp needs are there";
        return facts.IsOther
            ? Finding.Warning(Subject, $"{found}; it is not the version this program was built for",
                "See below whether it computes rightly.")
            : Finding.Ok(Subject, found);
    }

    private static Finding Cuda(LibtorchFacts facts)
    {
        const string Cuda = "CUDA";
        if (NativeRuntime.HasCuda)
            return Finding.Ok(Cuda, $"{facts.Cuda ?? "of unknown version"}, cuDNN {facts.CuDnn ?? "unknown"}, {facts.CudaFile}");
        if (ComputeDevices.WhyNoGpu() is { } problem)
            return Finding.Warning(
                Cuda, $"this machine has a GPU, and {problem}",
                "Use a build with CUDA (-p:TorchBackend=cuda, image silo-cuda), or name a libtorch with CUDA with PGM_LIBTORCH.");
        return Finding.Ok(Cuda, facts.CudaFile is null
            ? "none: this libtorch computes on the CPU only, and no GPU is here"
            : $"not loaded, no GPU is here ({facts.CudaFile})");
    }
}
