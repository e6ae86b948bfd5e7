using System.Reflection;
using System.Runtime.InteropServices;
using PgmCluster.Execution.Devices;
using PgmCluster.Modeling.Runtime;

namespace PgmCluster.Execution.Doctor.Measurement;

/// <summary>The machine that something was measured on.</summary>
/// <param name="System">Operating system and its version.</param>
/// <param name="Cpu">Instruction set, vendor, family and model.</param>
/// <param name="Cores">That may be used.</param>
/// <param name="MemoryBytes">That may be used.</param>
/// <param name="Libtorch">Version of the loaded library.</param>
/// <param name="Program">Version of this one.</param>
public sealed record MachineFacts(string System, string Cpu, int Cores, long MemoryBytes, string Libtorch, string Program)
{
    /// <summary>This one.</summary>
    public static MachineFacts Current() => new(
        RuntimeInformation.OSDescription, NativeRuntime.CpuModel, MachineLimits.Current.Cores, MachineLimits.Current.MemoryBytes,
        NativeRuntime.LibtorchVersion,
        typeof(MachineFacts).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "");
}
