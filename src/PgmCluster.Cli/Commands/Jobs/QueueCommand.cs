using System.CommandLine;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Devices;
using Spectre.Console;

namespace PgmCluster.Cli.Commands.Jobs;

/// <summary><c>pgm queue</c>: what waits for devices or has them, and why.</summary>
internal static class QueueCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var rows = new RowOptions();
        var command = new Command("queue", "Show what waits for devices, and why, and what runs");
        rows.AddTo(command);
        return command.Does(environment, invocation =>
        {
            var most = rows.Most(invocation);
            return invocation.WithSessionAsync(SiloNeed.Any, async session =>
            {
                var queue = await session.Get<IDevicesGrain>("default").GetQueue();
                return invocation.Finish(new { queue = queue.Take(most) }, console =>
                {
                    if (queue.Count == 0) console.WriteLine("Nothing waits, nothing runs.");
                    else console.WriteTable(
                        ["id", "kind", "user", "priority", "workers", "has", "since", "why"], queue.Take(most).Select(Row));
                    console.WriteRest(queue.Count - most, "more");
                });
            });
        });
    }

    private static string[] Row(QueuedWork work) =>
    [
        Texts.Id(work.WorkId),
        work.Kind,
        work.User,
        $"{work.Priority}",
        work.MinWorkers == work.MaxWorkers ? $"{work.MinWorkers}" : $"{work.MinWorkers}..{work.MaxWorkers}",
        $"{work.Workers.Count}",
        Texts.Time(work.WaitingSince ?? work.SubmittedAt),
        work.Reason ?? (work.Workers.Count > 0 ? "runs" : ""),
    ];
}
