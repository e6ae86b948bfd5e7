using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Doctor;
using PgmCluster.Silo.Doctor;

namespace PgmCluster.Silo.Tests.Doctor;

/// <summary>Limits of a machine or a container, as the doctor reads them.</summary>
public sealed class MachineFindingsTests : IDisposable
{
    private readonly TemporaryHome _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Look_EnoughOfEverything_IsOk()
    {
        WriteProc(availableKilobytes: 8_000_000, openFiles: "1048576");

        var lines = Look(new MachineLimits(4, 16_000_000_000), ComputeDevice.Cpu(threads: 4));

        Assert.All(lines.Values, line => Assert.Equal(FindingState.Ok, line.State));
        Assert.Equal("4 cores may be used; cpu:0 computes on 4 lanes of one thread", lines["cores"].Found);
        Assert.Equal("16.0 GB may be used, 8.2 GB are free", lines["memory"].Found);
    }

    [Fact]
    public void Look_ContainerThatIsTooSmall_WarnsOfEach()
    {
        // The machine has much, the container little.
        WriteProc(availableKilobytes: 64_000_000, openFiles: "256");

        var lines = Look(new MachineLimits(1, 1_000_000_000), ComputeDevice.Cpu(0, threads: 2), ComputeDevice.Cpu(1, threads: 1));

        Assert.All(lines.Values, line => Assert.Equal(FindingState.Warning, line.State));
        Assert.Contains("Pgm:CoresPerDevice", lines["cores"].Advice);
        Assert.Equal("1.0 GB may be used, 1.0 GB are free", lines["memory"].Found);
        Assert.Contains("ulimit -n", lines["open files"].Advice);
    }

    private Dictionary<string, Finding> Look(MachineLimits limits, params ComputeDevice[] devices) =>
        MachineFindings.Look(devices, limits, _root.Path).ToDictionary(f => f.Subject);

    private void WriteProc(long availableKilobytes, string openFiles)
    {
        Directory.CreateDirectory(Path.Combine(_root.Path, "proc", "self"));
        File.WriteAllText(Path.Combine(_root.Path, "proc", "meminfo"),
            $"MemTotal:       66000000 kB\nMemAvailable:   {availableKilobytes} kB\n");
        File.WriteAllText(Path.Combine(_root.Path, "proc", "self", "limits"),
            $"Limit                     Soft Limit           Hard Limit           Units     \nMax open files            {openFiles,-20} "
            + "1048576              files     \n");
    }
}
