using PgmCluster.Chaos.Clusters;
using PgmCluster.Cli.Jobs;
using PgmCluster.Contracts.Devices;
using PgmCluster.Contracts.Pulls;
using PgmCluster.TestSupport.Hub;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Cli.Tests.Processes.Pulls;

/// <summary>A pull that is spread over silos, one of which dies.</summary>
[Trait("Category", "Process")]
public sealed class PullClusterTests
{
    private static readonly byte[] Shard = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 31 >> 3))];

    [Fact]
    public async Task Pull_SiloKilledInTheMiddle_OthersFetchWhatIsMissingAndNothingTwice()
    {
        (string Path, byte[] Content)[] files = [.. Enumerable.Range(0, 6).Select(i => ($"{i}.tar", Shard[i..]))];
        await using var server = await HubServer.StartWithAsync("datasets/o/d", files);
        // Each silo is held at its first file: both are at work when one is killed.
        server.MishapsOf("0.tar").Enqueue(HubServer.Hold(100_000));
        server.MishapsOf("1.tar").Enqueue(HubServer.Hold(100_000));
        var environment = new Dictionary<string, string?>
        {
            ["HF_ENDPOINT"] = server.Address.ToString(),
            ["HF_TOKEN"] = HubServer.Token,
            ["PGM_HUBRETRYPAUSE"] = "00:00:00.001",
        };
        await using var cluster = new LocalCluster(database: null);
        await cluster.StartAsync([
            .. new[] { SiloPlan.Control(), SiloPlan.Device("a"), SiloPlan.Device("b") }.Select(p => p with { Environment = environment })]);
        await using var connection = await cluster.ConnectAsync("control");
        var scheduler = connection.Client.GetGrain<IDevicesGrain>("default");
        await Until.Holds("both devices are there", async () => await scheduler.GetDevices(), d => d.Count == 2);
        var job = connection.Client.GetGrain<IPullJobGrain>("pull");

        await job.Start(new PullRequest { Kind = PullKind.Dataset, Repository = "o/d", Parallel = 1 });
        var place = Path.Combine(cluster.Directory, "downloads", "datasets", "o", "d", HubServer.Commit);
        long Here(int file) => new FileInfo(Path.Combine(place, $".{file}.tar.part")) is { Exists: true } part ? part.Length : 0;
        await Until.Holds("both files are begun", () => Task.FromResult((Here(0), Here(1))), h => h == (100_000, 100_000));
        await cluster["a"].KillAsync();
        await cluster["b"].KillAsync();
        await cluster.StartAsync(SiloPlan.Device("c") with { Environment = environment });
        await JobWaiting.ToCompletionAsync(job, _ => { }, default);

        var result = await job.GetResult();
        Assert.Equal((6, files.Sum(f => (long)f.Content.Length), place), (result.Files, result.Bytes, result.Directory));
        Assert.All(files, f => Assert.Equal(f.Content, File.ReadAllBytes(Path.Combine(place, f.Path))));
        Assert.Equal(result.Bytes - 200_000, result.Transferred);
        Assert.All(new[] { "0.tar", "1.tar" }, f => Assert.Equal(["", "bytes=100000-"], server.RangesOf(f)));
        Assert.All(new[] { "2.tar", "3.tar", "4.tar", "5.tar" }, f => Assert.Equal([""], server.RangesOf(f)));
        Assert.Equal(6, Directory.GetFiles(place).Length);
        Assert.DoesNotContain(HubServer.Token, string.Concat(cluster.Silos.Select(s => s.ReadLog())), StringComparison.Ordinal);
    }
}
