namespace PgmCluster.Grains.Tests.Scheduling;

/// <summary>Thousands of random events; <see cref="SimulatedCluster"/> checks every plan.</summary>
public class PlacementSimulationTests
{
    private const int Events = 3000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void RandomEvents_EveryPlanIsLegal_AndAllThatFitsIsDoneInTheEnd(int seed)
    {
        var random = new Random(seed);
        var cluster = SimulatedCluster.With(4);
        cluster.Add("y0", "y");
        cluster.Add("y1", "y");
        var submitted = 0;
        for (var i = 0; i < Events; i++)
        {
            Happen(cluster, random, ref submitted);
            cluster.Run();
        }
        Assert.True(submitted > 400, $"only {submitted} submissions");
        Assert.True(cluster.Preemptions > 10, $"only {cluster.Preemptions} preemptions");

        foreach (var worker in new[] { "w00", "w01", "w02", "w03" }) cluster.Add(worker);
        foreach (var worker in new[] { "y0", "y1" }) cluster.Add(worker, "y");
        var finished = 0;
        for (var round = 0; cluster.Work.Count > 0; round++)
        {
            Assert.True(round < 10 * submitted, $"{cluster.Work.Count} pieces of work are never placed, first {cluster.Work[0].WorkId}.");
            cluster.Run();
            cluster.Settle();
            cluster.Run();
            if (cluster.Leases.FirstOrDefault(l => !l.Stopping) is { } done)
            {
                cluster.Finish(done.WorkId);
                finished++;
            }
            cluster.Pass(TimeSpan.FromSeconds(20));
        }
        Assert.True(finished > 0);
    }

    private static void Happen(SimulatedCluster cluster, Random random, ref int submitted)
    {
        switch (random.Next(10))
        {
            case < 3 when cluster.Work.Count < 40:
                // Nothing needs more than the cluster has when all its devices are there.
                var numerics = random.Next(3) switch { 0 => "x", 1 => "y", _ => null };
                if (random.Next(3) == 0)
                {
                    // As parts of one job.
                    var (priority, user) = (random.Next(3), $"user{random.Next(4)}");
                    for (var part = 0; part < 6; part++) cluster.Submit($"job{submitted++}", 1, 1, priority, user, numerics);
                    break;
                }
                var min = random.Next(1, numerics == "y" ? 3 : 5);
                cluster.Submit($"job{submitted++}", min, min + random.Next(3), random.Next(3), $"user{random.Next(4)}", numerics);
                break;
            case < 6 when cluster.Leases.Count > 0:
                cluster.Finish(Any(cluster.Leases.Select(l => l.WorkId).Distinct(), random));
                break;
            case 6 when cluster.Leases.Count > 0:
                cluster.End(Any(cluster.Leases, random));
                break;
            case 7:
                var worker = random.Next(4) is var n && random.Next(3) == 0 ? $"y{n % 2}" : $"w{n:00}";
                if (!cluster.Devices.Contains(worker)) cluster.Add(worker, worker[0] == 'y' ? "y" : "x");
                else if (random.Next(4) == 0) cluster.Remove(worker);
                break;
            case 8 when cluster.Leases.Any(l => l.Stopping):
                cluster.End(Any(cluster.Leases.Where(l => l.Stopping), random));
                break;
            default:
                cluster.Pass(TimeSpan.FromSeconds(random.Next(90)));
                break;
        }
    }

    private static T Any<T>(IEnumerable<T> items, Random random)
    {
        var all = items.ToList();
        return all[random.Next(all.Count)];
    }
}
