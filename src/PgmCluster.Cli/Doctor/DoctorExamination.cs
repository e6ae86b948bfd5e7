using PgmCluster.Cli.Homes;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Doctor;
using PgmCluster.Silo.Doctor;
using PgmCluster.Silo.Options;

namespace PgmCluster.Cli.Doctor;

/// <summary>Looks at an installation and has its devices compute.</summary>
internal static class DoctorExamination
{
    /// <param name="report">Takes what is found, as it is found.</param>
    /// <param name="options">Of the silo that is to run here.</param>
    /// <param name="home">Its home.</param>
    /// <param name="full">Also measure the devices and read every registered weights file.</param>
    /// <param name="progress">What is said in between.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task RunAsync(
        DoctorReport report, SiloOptions options, PgmHome home, bool full, TextWriter progress, CancellationToken cancellation)
    {
        options.Validate();
        var devices = ComputeDevices.Present(options.Devices, options.CoresPerDevice);
        // A silo's own program makes homes, too, and marks none.
        if (home.IsForeign() && !Directory.Exists(home.Run)) report.Add(Foreign(home));
        foreach (var finding in Installation.Examine(options, devices, full, cancellation)) report.Add(finding);
        string[] compute = ["doctor", ComputeCommand.Name, .. full ? [ComputeCommand.Full] : Array.Empty<string>()];
        await ComputeProcess.RunAsync(options, compute, Hear, cancellation);
        report.Sum();

        void Hear(ComputeMessage message)
        {
            if (message.Progress is { } said) progress.WriteLine(said);
            if (message.Finding is { } finding) report.Add(finding);
            if (message.Report is { } measured) report.Add(measured);
        }
    }

    private static Finding Foreign(PgmHome home) => Finding.Failed(
        "home", $"{home.Root} holds files that PgmCluster did not make, and no {PgmHome.MarkerName}",
            "Name an empty or a new directory with --home or PGM_HOME.");
}
