using System.Diagnostics;
using PgmCluster.Benchmarks.Harness;
using PgmCluster.Grains.Scheduling;
using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Benchmarks.Control;

/// <summary>
/// The control plane of three silos at 1,000 devices, 10,000 queued units and 50 gangs that grow: whether planning delays the renewal of leases, what a placement costs
/// against bare statements of its database, and what a plan takes.
/// </summary>
public sealed class ControlBenchmark : IBenchmark
{
    private const int Queued = 10_000, Gangs = 50, Renewals = 1000, AtATime = 8, Ending = 100, Placements = 10 * Ending, StatementsOfAPlacement = 3;
    private static readonly TimeSpan BetweenRenewals = TimeSpan.FromMilliseconds(2);

    /// <summary>Between two plans there are about so many, with what they write.</summary>
    private static readonly TimeSpan LikeAPlan = TimeSpan.FromMilliseconds(6);

    public string Name => "control";

    public string Description => "leases and placements of 3 silos with 10,000 queued units and 50 growing gangs before 1,000 devices, against rest and bare statements";

    public IEnumerable<Comparison> Run(BenchmarkOptions options) => RunAsync(options).GetAwaiter().GetResult();

    private static async Task<IReadOnlyList<Comparison>> RunAsync(BenchmarkOptions options)
    {
        await using var cluster = await ControlCluster.StartAsync(Queued, Gangs);
        var (rest, asking, planning) = (new List<double>(), new List<double>(), new List<double>());
        var (bare, placement, each, grown) = (new List<double>(), new List<double>(), "", 0);
        // One round that is not counted: in it the code is compiled.
        for (var round = -1; round < options.Rounds; round++)
        {
            var quiet = await RenewalsOf(cluster);
            var asked = await Beside(cluster, Asking);
            var loaded = await Beside(cluster, Busy);
            var statements = await cluster.BareStatements(Placements);
            var (before, grew) = (cluster.Counts.Now(), cluster.Grown);
            var placed = await PlacementsOf(cluster);
            (each, grown) = (cluster.Counts.Now().Since(before, Placements), cluster.Grown - grew);
            if (round < 0) continue;
            rest.Add(At(quiet, 0.99));
            asking.Add(At(asked, 0.99));
            planning.Add(At(loaded, 0.99));
            bare.Add(StatementsOfAPlacement * Placements * At(statements, 0.5));
            placement.Add(placed);
        }
        return
        [
            Comparison.Of(
                $"p99 of {Renewals} renewals of leases, one every 2 ms, 3 silos, {cluster.Devices} devices, {Queued} queued, {Gangs} gangs: "
                + "at least 0.5 x while devices end and are given the next as quickly as the scheduler can",
                ("the scheduler at rest", [.. rest], 0), ("while it is asked as often", [.. asking], 0),
                ("while it plans", [.. planning], 0)),
            Comparison.Of(
                $"{Placements} ends of units and placements of the next, {Ending} devices at a time ({cluster.Database}, {Queued} queued, "
                + $"{cluster.Devices} devices, {grown} of them to gangs that grew): not longer than three bare statements for each; each {each}",
                ($"{StatementsOfAPlacement * Placements} bare statements", [.. bare], 0), ("as many placements", [.. placement], 0)),
            Plans(options.Rounds),
        ];
    }

    private static async Task<double[]> Beside(ControlCluster cluster, Func<ControlCluster, CancellationToken, Task> load)
    {
        using var ended = new CancellationTokenSource();
        var underWay = load(cluster, ended.Token);
        var seconds = await RenewalsOf(cluster);
        await ended.CancelAsync();
        await underWay;
        return seconds;
    }

    private static async Task<double[]> RenewalsOf(ControlCluster cluster)
    {
        var seconds = new double[Renewals];
        var underWay = new List<Task>();
        for (var i = 0; i < Renewals; i++)
        {
            underWay.Add(Renew(i));
            await Task.Delay(BetweenRenewals);
        }
        await Task.WhenAll(underWay);
        return seconds;

        async Task Renew(int i)
        {
            var begun = Stopwatch.GetTimestamp();
            await cluster.Renew(i);
            seconds[i] = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        }
    }

    /// <summary>As many calls of the scheduler as below, of which none makes it plan or write.</summary>
    private static Task Asking(ControlCluster cluster, CancellationToken ended) =>
        Task.WhenAll(Enumerable.Range(0, AtATime).Select(async _ =>
        {
            while (!ended.IsCancellationRequested)
            {
                await cluster.Ask();
                await cluster.Ask();
                await Task.Delay(LikeAPlan, CancellationToken.None);
            }
        }));

    /// <summary>Some devices at a time end their work and are given the next.</summary>
    private static Task Busy(ControlCluster cluster, CancellationToken ended) =>
        Task.WhenAll(Enumerable.Range(0, AtATime).Select(async _ =>
        {
            while (!ended.IsCancellationRequested)
            {
                await cluster.EndAndPlace();
                await cluster.Submit(1);
            }
        }));

    private static async Task<double> PlacementsOf(ControlCluster cluster)
    {
        var begun = Stopwatch.GetTimestamp();
        for (var placed = 0; placed < Placements; placed += Ending)
            await Task.WhenAll(Enumerable.Range(0, Ending).Select(_ => cluster.EndAndPlace()));
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        await cluster.Submit(Placements);
        return seconds;
    }

    private static Comparison Plans(int rounds)
    {
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var work = Enumerable.Range(0, Queued + 1000).Select(i => new ScheduledWork
        {
            WorkId = $"job/{i:0000000}",
            Number = i + 1,
            Generation = 1,
            Owner = "owner/job",
            SubmittedAt = now,
            WaitingSince = now,
        }).ToList();
        SchedulingView View(int placed, bool whole, int gangs = 0)
        {
            // The first so many have eight devices each and would take more.
            var all = work.Select((w, i) => i < gangs ? w with { MinWorkers = 2, MaxWorkers = 16, Priority = 100 } : w).ToList();
            var queue = new WorkQueue(new SchedulerContent
            {
                Work = all,
                Leases = [.. Enumerable.Range(0, placed).Select(i => new DeviceLease
                {
                    Worker = Worker(i),
                    Number = i + 1,
                    WorkId = all[i < 8 * gangs ? i / 8 : i - (7 * gangs)].WorkId,
                    Generation = 1,
                    Since = now,
                    GrantedAt = now,
                })],
            });
            return new SchedulingView
            {
                Now = now,
                Devices = [.. Enumerable.Range(0, 1000).Select(i => new PlannedDevice(Worker(i), "simulated", true))],
                Work = whole ? queue.Work : queue.Singly,
                Lines = whole ? [] : queue.Lines,
                Leases = queue.Leases,
            };
        }
        var (one, empty, whole, shared) = (
            View(999, whole: false), View(0, whole: false), View(1000, whole: true), View(1000, whole: true, Gangs));
        void Plan(SchedulingView view, int placements, bool explain = false)
        {
            if (PlacementPlanner.Plan(view, new SchedulingPolicy(), explain).Placements.Count != placements)
                throw new InvalidOperationException($"Planning {Queued} units on 1,000 devices: not {placements} were placed.");
        }
        return Comparison.Of($"A plan of {Queued} queued units and 1,000 devices", rounds,
            new Variant("one device is free", () => Plan(one, 1)),
            new Variant("all devices are free", () => Plan(empty, 1000)),
            new Variant("none is free, and why each unit waits", () => Plan(whole, 0, explain: true)),
            new Variant($"the same beside {Gangs} gangs that could grow", () => Plan(shared, 0, explain: true)));
    }

    private static double At(double[] seconds, double share) => seconds.Order().ElementAt((int)(share * (seconds.Length - 1)));

    private static string Worker(int i) => $"silo-{i / 8:000}/cuda:{i % 8}";
}
