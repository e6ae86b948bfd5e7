using System.CommandLine;
using System.Globalization;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Errors;
using PgmCluster.Silo.Options;
using Spectre.Console;

namespace PgmCluster.Cli.Commands.Hosting;

/// <summary><c>pgm up</c>: a silo in the foreground.</summary>
internal static class UpCommand
{
    private const int NotGiven = int.MinValue;

    public static Command Create(CliEnvironment environment)
    {
        var devices = new Option<string?>("--devices")
        {
            Description = "auto, none, or a list such as cpu:0,cpu:1. Default: $PGM_DEVICES, else auto",
            HelpName = "LIST",
        };
        var port = new Option<int>("--gateway-port")
        {
            Description = "TCP port for clients; 0 picks a free one. Default: $PGM_GATEWAYPORT, else 0",
            HelpName = "PORT",
        };
        var api = new Option<int>("--api-port")
        {
            Description = "TCP port of the dashboard and the HTTP API on this machine; 0 has none. Default: $PGM_APIPORT, else "
                + $"{ApiOptions.UsualApiPort}, or a free one where that is taken",
            HelpName = "PORT",
        };
        var noDashboard = new Option<bool>("--no-dashboard")
        {
            Description = "Serve no pages; and no HTTP API either, unless its port is given",
        };
        var name = new Option<string?>("--silo-name")
        {
            Description = "Name of the silo, unique in its cluster and the same after a restart. Default: $PGM_SILONAME, else local",
            HelpName = "NAME",
        };
        var config = new Option<string?>("--config")
        {
            Description = "JSON file with settings in a section \"Pgm\"; each can also be set as $PGM_NAME",
            HelpName = "FILE",
        };
        var command = new Command("up", "Run a silo until Ctrl-C or SIGTERM; other commands with the same --home use it")
        {
            config, devices, port, api, noDashboard, name,
        };
        return command.Does(environment, async invocation =>
        {
            if (invocation.NamesGateway)
                throw new UsageException(
                    "up starts a silo of its own. Leave out --gateway; silos of a cluster find each other by their database.");
            var options = SiloSettings.OfService(environment.Variable, invocation.Get(config),
            [
                new("Devices", invocation.Get(devices)),
                new("Tls", invocation.GivenTls),
                new("SiloName", invocation.Get(name)),
                new("GatewayPort", Given(invocation, port)),
                new("ApiPort", Given(invocation, api)),
                new("Dashboard", invocation.Get(noDashboard) ? "false" : null),
            ], out var saysApiPort);
            var home = SiloSettings.SettleHome(
                options, invocation.Home, invocation.NamesHome || environment.Variable("PGM_HOME") is { Length: > 0 });
            if (!saysApiPort) SiloSettings.ShowOnThisMachine(options);
            await using var session = await environment.Sessions.EmbedAsync(
                home, options, environment.Error.WriteLine, invocation.Cancellation);
            using var hint = invocation.SayThatItStops();
            session.Claim?.Keep();
            var (found, problem) = await DeviceLists.ReadPatientlyAsync(session, options.Devices != "none", invocation.Cancellation);
            var listed = problem is not null ? "not known yet"
                : found.Count == 0 ? "none"
                : string.Join(", ", found.Select(d => $"{d.Device} ({d.Model}, {d.Threads} threads)"));
            if (problem is not null)
                environment.Error.WriteLine(
                    $"warning: which devices the cluster has is not known yet. {problem} The silo goes on; see 'pgm workers'.");
            invocation.Finish(
                new
                {
                    gateway = session.Gateway,
                    session.ClusterId,
                    home = home.Root,
                    api = session.ApiAddress,
                    dashboard = options.Dashboard ? session.ApiAddress : null,
                    devices = found.Select(d => d.Device),
                },
                console =>
                {
                    console.WriteLine(
                        $"Silo ready: {(session.Gateway.Length > 0 ? $"gateway {session.Gateway}" : "no gateway")}, cluster "
                        + $"{session.ClusterId}, home {home.Root}");
                    if (session.ApiAddress is { } address)
                    {
                        if (options.Dashboard) console.WriteLine($"Dashboard: {address}{Instead(options, address)}");
                        console.WriteLine($"HTTP API: {address}/api/v1, with a page to try it: {address}/api/docs");
                    }
                    console.WriteLine($"Devices: {listed}");
                    console.WriteLine("Stop with Ctrl-C.");
                });
            await environment.Out.FlushAsync();

            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var asked = invocation.Cancellation.Register(() => ended.TrySetResult());
            await using var stopped = session.SiloStopping.Register(() => ended.TrySetResult());
            await ended.Task;
            if (!invocation.Cancellation.IsCancellationRequested)
                throw new PgmException($"The silo of {home.Root} stopped by itself. See the log in {home.Logs}.");
            return ExitCodes.Ok;
        });
    }

    /// <summary>Why it is not at the port where it would be looked for.</summary>
    private static string Instead(SiloOptions options, string address) => new Uri(address).Port == options.ApiPort
        ? ""
        : $" (port {options.ApiPort} is taken; --api-port chooses one)";

    private static string? Given(Invocation invocation, Option<int> port) =>
        invocation.Get(port, otherwise: NotGiven) is var given and not NotGiven ? given.ToString(CultureInfo.InvariantCulture) : null;
}
