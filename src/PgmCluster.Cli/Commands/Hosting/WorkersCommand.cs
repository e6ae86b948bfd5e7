using System.CommandLine;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Devices;
using Spectre.Console;

namespace PgmCluster.Cli.Commands.Hosting;

/// <summary><c>pgm workers</c>: devices and what they do.</summary>
internal static class WorkersCommand
{
    public static Command Create(CliEnvironment environment) =>
        new Command("workers", "Show the devices, what they run and what waits").Does(environment, invocation =>
            invocation.WithSessionAsync(SiloNeed.Any, async session =>
            {
                var devices = await DeviceLists.ReadAsync(session, expectAny: true, invocation.Cancellation);
                var queue = await session.Get<IDeviceSchedulerGrain>("default").GetQueue();
                return invocation.Finish(new { workers = devices, queue }, console =>
                {
                    if (devices.Count == 0) console.WriteLine("No devices. Start a silo with 'pgm up --devices auto'.");
                    else console.WriteTable(["worker", "model", "threads", "runs", "last seen"],
                        devices.Select(
                            d => new[] { d.Worker, Model(d), $"{d.Threads}", d.Problem ?? d.Work ?? "idle",
                                Texts.Ago(d.SecondsSinceSeen) }));
                    var waiting = queue.Where(q => q.Worker is null).ToList();
                    if (waiting.Count > 0)
                        console.WriteTable(
                            ["waiting", "since", "why"],
                            waiting.Select(q => new[] { q.WorkId, Texts.Time(q.SubmittedAt), q.Reason ?? "" }));
                });
            }));

    private static string Model(DeviceInfo device) =>
        device.MemoryBytes == 0 ? device.Model : $"{device.Model}, {device.MemoryBytes >> 30} GiB, driver {device.Driver}";
}
