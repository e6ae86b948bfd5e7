using System.CommandLine;
using PgmCluster.Cli.Commands;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Homes;
using PgmCluster.Cli.Sessions;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Doctor;
using PgmCluster.Silo.Doctor;

namespace PgmCluster.Cli.Doctor;

/// <summary><c>pgm doctor</c>: what is wrong with this installation, and whether its devices compute rightly. Starts no silo, and changes nothing in the home.</summary>
internal static class DoctorCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var device = new Option<string?>("--device") { Description = "auto, none, or a list such as cpu:0 or cuda:0. Default: $PGM_DEVICES, else auto", HelpName = "LIST" };
        var full = new Option<bool>("--full") { Description = "Also read every registered weights file, however long that takes" };
        var config = new Option<string?>("--config") { Description = "JSON file with the settings of a silo in a section \"Pgm\"; each can also be set as $PGM_NAME", HelpName = "FILE" };
        var command = new Command("doctor", "Look for what is wrong with this installation and its devices: a line each, with what to do") { config, device, full, ComputeCommand.Create(environment) };
        return command.Does(environment, async invocation =>
        {
            if (invocation.NamesGateway) throw new UsageException("doctor looks at this machine, and asks no cluster. Leave out --gateway.");
            var options = SiloSettings.OfService(environment.Variable, invocation.Get(config), [new("Devices", invocation.Get(device))]);
            var home = SiloSettings.SettleHome(options, invocation.Home, invocation.NamesHome || environment.Variable("PGM_HOME") is { Length: > 0 });
            options.Validate();
            var devices = ComputeDevices.Present(options.Devices, options.CoresPerDevice);

            var report = new DoctorReport(invocation.ProgressWriter, invocation.ProgressIsTerminal);
            // A silo's own program makes homes, too, and marks none.
            if (home.IsForeign() && !Directory.Exists(home.Run)) report.Add(Foreign(home));
            foreach (var finding in Installation.Examine(options, devices, invocation.Get(full), invocation.Cancellation)) report.Add(finding);
            await ComputeProcess.RunAsync(options, ["doctor", ComputeCommand.Name], message => report.Add(message.Finding!), invocation.Cancellation);
            report.Sum();
            if (invocation.AsJson) invocation.Finish(report.Record(), _ => { });
            await environment.Out.FlushAsync();
            return report.Failed > 0 ? ExitCodes.Failed : ExitCodes.Ok;
        });
    }

    private static Finding Foreign(PgmHome home) => Finding.Failed(
        "home", $"{home.Root} holds files that PgmCluster did not make, and no {PgmHome.MarkerName}", "Name an empty or a new directory with --home or PGM_HOME.");
}
