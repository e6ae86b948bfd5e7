using System.CommandLine;
using PgmCluster.Cli.Commands;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Homes;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Sessions;
using PgmCluster.Data.Artifacts;

namespace PgmCluster.Cli.Doctor;

/// <summary>
/// <c>pgm doctor</c>: what is wrong with this installation, and whether its devices compute rightly. Starts no silo, and changes nothing in
/// the home.
/// </summary>
internal static class DoctorCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var device = new Option<string?>("--device")
        {
            Description = "auto, none, or a list such as cpu:0 or cuda:0. Default: $PGM_DEVICES, else auto",
            HelpName = "LIST",
        };
        var full = new Option<bool>("--full")
        {
            Description = "Also measure the devices and read every registered weights file: minutes, in which nothing else should compute",
        };
        var output = new Option<string>("--out")
        {
            Description = "Where --full leaves one JSON file with everything, to attach to a report",
            HelpName = "FILE",
            DefaultValueFactory = _ => "pgm-doctor.json",
        };
        var config = new Option<string?>("--config")
        {
            Description = "JSON file with the settings of a silo in a section \"Pgm\"; each can also be set as $PGM_NAME",
            HelpName = "FILE",
        };
        var command = new Command("doctor", "Look for what is wrong with this installation and its devices: a line each, with what to do")
        {
            config, device, full, output, ComputeCommand.Create(environment),
        };
        return command.Does(environment, async invocation =>
        {
            if (invocation.NamesGateway)
                throw new UsageException("doctor looks at this machine, and asks no cluster. Leave out --gateway.");
            if (invocation.IsGiven(output) && !invocation.Get(full))
                throw new UsageException(
                    "--out is where --full leaves its figures. Give --full, too, or leave out --out; --json prints the lines.");
            if (invocation.Get(full)) OutputFile.Check(invocation.Get(output)!);
            var options = SiloSettings.OfService(environment.Variable, invocation.Get(config), [new("Devices", invocation.Get(device))]);
            var home = SiloSettings.SettleHome(
                options, invocation.Home, invocation.NamesHome || environment.Variable("PGM_HOME") is { Length: > 0 });
            var report = new DoctorReport(invocation.ProgressWriter, invocation.ProgressIsTerminal);
            await DoctorExamination.RunAsync(
                report, options, home, invocation.Get(full), environment.Error, invocation.Cancellation);
            if (invocation.Get(full))
            {
                var path = Path.GetFullPath(invocation.Get(output)!);
                AtomicFile.WriteAllText(path, Json.Text(report.Record()) + "\n");
                invocation.ProgressWriter.WriteLine($"All of it is in {path}");
            }
            if (invocation.AsJson) invocation.Finish(report.Record(), _ => { });
            await environment.Out.FlushAsync();
            return report.Failed > 0 ? ExitCodes.Failed : ExitCodes.Ok;
        });
    }
}
