using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.Contracts.Training;

namespace PgmCluster.Cli.Tests.Commands;

/// <summary><c>pgm runs events</c>, <c>compare</c> and <c>resize</c>: what the user sees, and what the cluster is asked for.</summary>
public sealed class RunsSteeringTests : IDisposable
{
    private static readonly DateTimeOffset s_noon = new(2025, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly TemporaryDirectory _directory = new();
    private readonly FakeCluster _cluster = new() { IsUp = true };

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Events_OfARunThatLostADevice_AreToldInTheirOrder()
    {
        _cluster.Formations["r1"] =
        [
            new(1, -1, 2, s_noon.AddSeconds(1), 0), new(2, 40, 1, s_noon.AddSeconds(5), 30), new(3, -1, 2, s_noon.AddSeconds(8), 30),
        ];
        await Run("train", "r1", "--preset", "p", "--workers", "1..2");

        var shown = await Run("runs", "events", "r1");
        var json = await Run("runs", "events", "r1", "--json");

        string[] expected =
        [
            "Submitted", "A device took it", "Began with 2 devices",
            "Lost a device or gave one back: goes on with 1 device, from step 40, held in memory",
            "Devices joined: goes on with 2 devices, from the checkpoint of step 30", "Completed",
        ];
        Assert.Equal(expected, json.Json.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("what").GetString()));
        Assert.All(expected, line => Assert.Contains(line, shown.Out));
    }

    [Fact]
    public async Task Compare_TwoRuns_ShowsWhatDiffers_AndWhatCameOfIt()
    {
        await Run("train", "r1", "--preset", "p", "--seed", "1");
        await Run("train", "r2", "--preset", "p", "--seed", "2", "--detach");

        var shown = await Run("runs", "compare", "r1", "r2");
        var json = await Run("runs", "compare", "r1", "r2", "--json");

        Assert.Equal(0, shown.ExitCode);
        Assert.Matches("seed +1 +2", shown.Out);
        Assert.Matches("phase +completed +queued", shown.Out);
        Assert.Matches("final loss +0.25 +-", shown.Out);
        var difference = Assert.Single(json.Json.GetProperty("differences").EnumerateArray());
        Assert.Equal("seed", difference.GetProperty("key").GetString());
        Assert.Equal("completed", json.Json.GetProperty("a").GetProperty("status").GetProperty("phase").GetString());
        Assert.Contains("Their specifications are the same.", (await Run("runs", "compare", "r1", "r1")).Out);
        Assert.NotEqual(0, (await Run("runs", "compare", "r1", "nobody")).ExitCode);
    }

    [Fact]
    public async Task Resize_AsksTheRun_AndRefusesWhatIsNoNumberOrNoRun()
    {
        await Run("train", "r1", "--preset", "p", "--detach");
        await Run("evaluate", "e1", "--model", "r1", "--classifier", "c", "--detach");

        var resized = await Run("runs", "resize", "r1", "--workers", "1..4", "--json");

        Assert.Equal(0, resized.ExitCode);
        Assert.Contains("resize r1 to 1..4", _cluster.Log);
        Assert.Equal(4, resized.Json.GetProperty("maxWorkers").GetInt32());
        Assert.Contains("'r1' is queued. Follow it with 'pgm runs watch r1'.", (await Run("runs", "resize", "r1", "--workers", "2")).Out);
        Assert.Equal(2, (await Run("runs", "resize", "r1", "--workers", "4..1")).ExitCode);
        Assert.Equal(2, (await Run("runs", "resize", "r1")).ExitCode);
        var other = await Run("runs", "resize", "e1", "--workers", "2");
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("Resizing 'e1': it is no training run", other.Error);
    }

    private Task<CliRun> Run(params string[] args) => CliRun.Of(_cluster, [.. args, "--home", _directory["home"]]);
}
