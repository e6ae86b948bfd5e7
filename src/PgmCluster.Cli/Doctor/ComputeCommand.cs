using System.CommandLine;
using PgmCluster.Cli.Commands;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Sessions;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Doctor;
using PgmCluster.Modeling.Runtime;

namespace PgmCluster.Cli.Doctor;

/// <summary>
/// <c>pgm doctor compute</c>, which <c>pgm doctor</c> starts: libtorch and the devices, a <see cref="ComputeMessage"/> a line.
/// </summary>
internal static class ComputeCommand
{
    public const string Name = "compute", Full = "--full";

    public static Command Create(CliEnvironment environment)
    {
        var full = new Option<bool>(Full) { Description = "Also measure the devices" };
        var command = new Command(Name, "What 'pgm doctor' starts to look at libtorch and the devices") { full };
        command.Hidden = true;
        return command.Does(environment, async invocation =>
        {
            EndWithParent();
            var options = SiloSettings.OfService(environment.Variable, file: null, []);
            NativeRuntime.UseLibtorch(options.LibTorch, options.LibTorchAnyVersion ? OtherLibtorch.OnTrial : null);
            var devices = ComputeDevices.Present(options.Devices, options.CoresPerDevice);
            var failed = false;
            var (libtorch, found) = LibtorchFindings.Look();
            foreach (var finding in found) Say(new ComputeMessage { Finding = finding });
            await DeviceFindings.LookAsync(devices, libtorch, invocation.Get(full), Say, invocation.Cancellation);
            if (libtorch is { IsOther: true }) Say(new ComputeMessage { Finding = LibtorchFindings.Pass(libtorch, devices, failed) });
            return ExitCodes.Ok;

            void Say(ComputeMessage message)
            {
                failed |= message.Finding?.State == FindingState.Failed;
                environment.Out.WriteLine(message.Write());
                environment.Out.Flush();
            }
        });
    }

    /// <summary>Whoever started this keeps its standard input open for as long as it lives.</summary>
    private static void EndWithParent() => new Thread(() =>
    {
        while (Console.In.Read() >= 0)
        {
            // Nothing is said this way.
        }
        Environment.Exit(ExitCodes.Interrupted);
    })
    { IsBackground = true, Name = "pgm-parent" }.Start();
}
