using PgmCluster.Cli.Commands.Jobs;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.Contracts.Devices;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Training;

namespace PgmCluster.Cli.Tests.Commands;

public sealed class QueueCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeCluster _cluster = new() { IsUp = true };

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Queue_RunningAndWaiting_SaysWhatEachHasAndWhy()
    {
        _cluster.Queue.Add(
            new QueuedWork
            {
                WorkId = "gang",
                Generation = 1,
                Kind = "train",
                User = "ann",
                Priority = 2,
                MinWorkers = 2,
                MaxWorkers = 4,
                Worker = "a/cpu:0",
                Workers = ["a/cpu:0", "b/cpu:0"]
            });
        _cluster.Queue.Add(
            new QueuedWork
            {
                WorkId = "next",
                Generation = 1,
                Kind = "train",
                User = "bob",
                Reason = "waits for a device: 2 devices",
                WaitingSince = DateTimeOffset.UnixEpoch
            });

        var text = await Run("queue");
        Assert.Matches(@"gang\W+train\W+ann\W+2\W+2\.\.4\W+2\W", text.Out);
        Assert.Matches(@"next\W+train\W+bob\W+0\W+1\W+0\W", text.Out);

        var json = (await Run("queue", "--json")).Json.GetProperty("queue");
        Assert.Equal("waits for a device: 2 devices", json[1].GetProperty("reason").GetString());
        Assert.Equal(["a/cpu:0", "b/cpu:0"], json[0].GetProperty("workers").EnumerateArray().Select(w => w.GetString()));
        Assert.Equal(4, json[0].GetProperty("maxWorkers").GetInt32());
    }

    [Fact]
    public async Task Queue_MoreThanAScreen_ShowsSomeAndSaysHowManyThereAreBesides()
    {
        for (var i = 0; i < 500; i++)
            _cluster.Queue.Add(new QueuedWork { WorkId = $"part-{i:000}", Generation = 1, Kind = "train", User = "ann" });

        var shown = (await Run("queue")).Out;
        Assert.Contains("part-049", shown);
        Assert.DoesNotContain("part-050", shown);
        Assert.Contains("450 more: --all shows them.", shown);
        Assert.Contains("part-499", (await Run("queue", "--all")).Out);
        Assert.DoesNotContain("part-007", (await Run("queue", "--limit", "7")).Out);
        Assert.Equal(500, (await Run("queue", "--json")).Json.GetProperty("queue").GetArrayLength());
    }

    [Fact]
    public async Task Train_WorkersPriorityAndUser_AreInTheRequest()
    {
        await Run("train", "r1", "--preset", "p", "--workers", "2..4", "--priority", "3", "--user", "ann");
        var request = _cluster.Request<TrainingRequest>("r1");
        Assert.Equal((2, 4, 3, "ann"), (request.MinWorkers, request.MaxWorkers, request.Scheduling!.Priority, request.Scheduling.User));
    }

    [Fact]
    public async Task Evaluate_NoUserGiven_IsDoneForWhoRunsTheCommand()
    {
        await Run("evaluate", "e1", "--model", "m", "--classifier", "c");
        Assert.Equal(
            (0, Environment.UserName),
            (_cluster.Request<EvaluationRequest>("e1").Scheduling!.Priority, _cluster.Request<EvaluationRequest>("e1").Scheduling!.User));
    }

    [Theory]
    [InlineData("3", 3, 3)]
    [InlineData("1..1", 1, 1)]
    [InlineData("2 .. 8", 2, 8)]
    public void Workers_NumberOrRange_IsTaken(string text, int min, int max) => Assert.Equal((min, max), WorkersOption.Parse(text));

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("3..2")]
    [InlineData("1..2..3")]
    [InlineData("..4")]
    [InlineData("two")]
    public void Workers_AnythingElse_IsRefused(string text) =>
        Assert.Contains($"'{text}'", Assert.Throws<UsageException>(() => WorkersOption.Parse(text)).Message);

    private Task<CliRun> Run(params string[] args) => CliRun.Of(_cluster, [.. args, "--home", _directory["home"]]);
}
