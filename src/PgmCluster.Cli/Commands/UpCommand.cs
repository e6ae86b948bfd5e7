using System.CommandLine;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Errors;
using Spectre.Console;

namespace PgmCluster.Cli.Commands;

/// <summary><c>pgm up</c>: a silo in the foreground.</summary>
internal static class UpCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var devices = new Option<string?>("--devices") { Description = "auto, none, or a list such as cpu:0,cpu:1. Default: $PGM_DEVICES, else auto", HelpName = "LIST" };
        var port = new Option<int>("--gateway-port") { Description = "TCP port for clients; 0 picks a free one", HelpName = "PORT", DefaultValueFactory = _ => 0 };
        var command = new Command("up", "Run a silo until Ctrl-C or SIGTERM; other commands with the same --home use it") { devices, port };
        return command.Does(environment, async invocation =>
        {
            var settings = new EmbeddedSiloSettings
            {
                Devices = invocation.Get(devices) ?? environment.Variable("PGM_DEVICES") ?? "auto",
                GatewayPort = invocation.Get(port),
            };
            await using var session = await environment.Sessions.EmbedAsync(invocation.Home, settings, invocation.Cancellation);
            session.Claim?.Keep();
            var found = await DeviceLists.ReadAsync(session, settings.Devices != "none", invocation.Cancellation);
            invocation.Finish(
                new { gateway = session.Gateway, session.ClusterId, home = invocation.Home.Root, devices = found.Select(d => d.Device) },
                console =>
                {
                    console.WriteLine($"Silo ready: gateway {session.Gateway}, cluster {session.ClusterId}, home {invocation.Home.Root}");
                    console.WriteLine($"Devices: {(found.Count == 0 ? "none" : string.Join(", ", found.Select(d => $"{d.Device} ({d.Model}, {d.Threads} threads)")))}");
                    console.WriteLine("Stop with Ctrl-C.");
                });
            await environment.Out.FlushAsync();

            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var asked = invocation.Cancellation.Register(() => ended.TrySetResult());
            await using var stopped = session.SiloStopping.Register(() => ended.TrySetResult());
            await ended.Task;
            if (!invocation.Cancellation.IsCancellationRequested)
                throw new PgmException($"The silo of {invocation.Home.Root} stopped by itself. See the log in {invocation.Home.Logs}.");
            return ExitCodes.Ok;
        });
    }
}
