using System.CommandLine;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Devices;
using Spectre.Console;

namespace PgmCluster.Cli.Commands.Hosting;

/// <summary><c>pgm workers</c>: devices and what they do.</summary>
internal static class WorkersCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var rows = new RowOptions();
        var command = new Command("workers", "Show the devices, what they run and what waits");
        rows.AddTo(command);
        return command.Does(environment, invocation =>
        {
            var most = rows.Most(invocation);
            return invocation.WithSessionAsync(SiloNeed.Any, async session =>
            {
                var devices = await DeviceLists.ReadAsync(session, expectAny: true, invocation.Cancellation);
                var queue = await session.Get<IDevicesGrain>("default").GetQueue();
                return invocation.Finish(new { workers = devices.Take(most), queue = queue.Take(most) }, console =>
                {
                    if (devices.Count == 0) console.WriteLine("No devices. Start a silo with 'pgm up --devices auto'.");
                    else console.WriteTable(["worker", "model", "threads", "runs", "last seen"], devices.Take(most).Select(Row));
                    console.WriteRest(devices.Count - most, "more devices");
                    var waiting = queue.Where(q => q.Worker is null).ToList();
                    if (waiting.Count == 0) return;
                    console.WriteTable(
                        ["waiting", "since", "why"],
                        waiting.Take(most).Select(q => new[] { Texts.Id(q.WorkId), Texts.Time(q.SubmittedAt), q.Reason ?? "" }));
                    console.WriteRest(waiting.Count - most, "more that wait");
                });
            });
        });
    }

    private static string[] Row(DeviceInfo d) =>
    [
        d.Worker, Model(d), $"{d.Threads}", d.Problem ?? (d.Work is { } work ? Texts.Id(work) : "idle"), Texts.Ago(d.SecondsSinceSeen),
    ];

    private static string Model(DeviceInfo device) =>
        device.MemoryBytes == 0 ? device.Model : $"{device.Model}, {device.MemoryBytes >> 30} GiB, driver {device.Driver}";
}
