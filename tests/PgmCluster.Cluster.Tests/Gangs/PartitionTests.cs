using System.Text.Json;
using PgmCluster.Chaos.Clusters;
using PgmCluster.Cluster.Tests.Support;
using PgmCluster.Contracts.Training;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Work;
using PgmCluster.Faults;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Cluster.Tests.Gangs;

/// <summary>
/// A member that is cut off from everybody, but not from the state database and the artifacts: the case in which it could do most harm.
/// </summary>
[Collection(PostgresCollection.Name)]
public class PartitionTests
{
    private const string Run = "run";

    [Fact]
    public async Task Run_FirstMemberIsCutOff_NothingOfItCountsAndTheWeightsAreThoseOfOneWorker()
    {
        if (NamespaceNetwork.Missing is { } missing) throw new SkippedException(missing);
        await using var network = await NamespaceNetwork.CreateAsync(3);
        await using var cluster = new LocalCluster(null);
        // The first member stands still after a step, until it has been seen that it is one of two: then, in the middle of the run, it is
        // cut off.
        using var gates = Gates.Create();
        var closed = Enumerable.Range(5, 30).Select(step => gates.Close("stepped", Run, step)).ToArray();
        SiloPlan Plan(string name, int host, string devices) => new(name)
        {
            Devices = devices,
            Within = network.On(host),
            Environment = new Dictionary<string, string?>(gates.Variables)
            {
                ["PGM_ADVERTISEDADDRESS"] = NamespaceNetwork.Address(host),
                ["PGM_ALLOWUNPROTECTEDNETWORK"] = "true",
                ["PGM_IMPORTROOTS"] = "/",
                ["PGM_PEERTIMEOUT"] = "00:00:04",
                ["PGM_LEASETIMEOUT"] = "00:00:10",
            },
        };
        await cluster.StartAsync(Plan("control", 0, "none"));
        await cluster.StartAsync(Plan("a", 1, "cpu:0"), Plan("b", 2, "cpu:0"));
        var gateway = $"{cluster["control"].Gateway.Host}:{cluster["control"].Gateway.Port}";
        async Task<JsonElement> Pgm(params string[] command) => JsonDocument.Parse(await ChildProcess.RunAsync(
            [.. network.On(0), "dotnet", "exec", LocalCluster.Program, .. command, "--gateway", gateway, "--home",
                Path.Combine(cluster.Directory, "client"), "--json"])).RootElement;
        async Task<GangFormation[]> Formations() =>
            WorkJson.Read<GangFormation[]>((await Pgm("runs", "show", Run)).GetProperty("formations").GetRawText());

        await Pgm(
            "dataset", "add", "fashion", Path.Combine(RepositoryRoot.Path, "deploy", "sample-data", "fashion-mnist"), "--validation",
            "1000");
        string[] train =
        [
            "--preset", "tokenizer-fashion", "--dataset", "fashion", "--seed", "7", "--set", "training.steps=60", "--set",
            "training.microBatches=8",
            "--set", "training.batchSize=16", "--set", "training.checkpointSeconds=1",
        ];
        await Pgm(["train", Run, .. train, "--workers", "1..2", "--detach"]);
        GangFormation? shared = null;
        foreach (var gate in closed.TakeWhile(_ => shared is null))
        {
            await Until.Holds($"a member stands at {gate}", () => gate.IsReached);
            if ((await Formations())[^1] is { Members: 2 } formation) shared = formation;
            else gate.Open();
        }
        Assert.NotNull(shared);

        await network.CutOffAsync(1);
        foreach (var gate in closed) gate.Open();
        await Until.Holds("the other goes on", Formations, seen => seen[^1].Generation > shared.Generation);
        // Not before the one that is cut off has had time to do whatever it still would.
        await Until.Holds(
            "the one that is cut off stops by itself", () => Task.FromResult(cluster["a"].ReadLog()),
            log => log.Contains("Nobody renewed the lease of device", StringComparison.Ordinal));
        // However long it takes on this machine.
        await Pgm("runs", "watch", Run);
        await Until.Holds(
            "the run is completed", async () => (await Pgm("runs", "show", Run)).GetProperty("status").GetProperty("phase").GetString(),
            phase => phase == "completed");
        await network.HealAsync(1);

        var end = await Pgm("runs", "show", Run);
        var alone = (await Pgm(["train", "alone", .. train])).GetProperty("result").GetProperty("weightsSha256").GetString();
        Assert.Equal(alone, end.GetProperty("result").GetProperty("weightsSha256").GetString());
        var next = WorkJson.Read<GangFormation[]>(end.GetProperty("formations").GetRawText()).First(f => f.Generation > shared.Generation);
        // What the cut off generation did ends where the next began. Its first member may have applied the step under way as the only one;
        // the next generation did it again, with the same bits.
        var metrics = Path.Combine(cluster.Artifacts, "runs", Run, "metrics", $"generation-{shared.Generation:00000000}");
        Assert.All(
            Directory.GetFiles(metrics).SelectMany(File.ReadLines),
            line => Assert.True(JsonDocument.Parse(line).RootElement.GetProperty("step").GetInt64() <= next.Step, line));
        var folders = new DirectoryInfo(Path.Combine(cluster.Artifacts, "runs", Run, "checkpoints")).GetDirectories()
            .Select(d => d.Name.Split("-g"));
        Assert.All(
            folders.Where(f => f[1] == $"{shared.Generation}"),
            f => Assert.True(
                long.Parse(f[0]["step-".Length..], System.Globalization.CultureInfo.InvariantCulture) <= next.Step + 1,
                string.Join("-g", f)));
        var log = StepMetricsLog.Read(new DirectoryArtifactStore(cluster.Artifacts), Run);
        Assert.Equal(Enumerable.Range(0, 60).Select(i => (long)i), log.Select(m => m.Step));
    }
}
