using PgmCluster.Chaos.Clusters;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Devices;
using PgmCluster.Contracts.Drawing;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Cluster.Tests.Processes;

/// <summary>Drawing while somebody waits, on real processes that die.</summary>
public sealed class DrawingTests
{
    private const int Callers = 12;

    private static readonly DrawingRequest s_request = new()
    {
        Classes = [3, 8],
        Seed = 7,
        Settings = new SamplingSettings { Steps = 4 },
    };

    [Fact]
    public async Task Draw_ItsSiloIsKilledAndThenTheOneThatHandsItOut_IsDrawnByOthers_WithTheSameBits()
    {
        await using var cluster = new LocalCluster(null);
        await cluster.StartAsync(SiloPlan.Control().AtItsOwnPort());
        await cluster.StartAsync(SiloPlan.Device("one").WithoutGateway(), SiloPlan.Device("two").WithoutGateway());
        await using var connection = await cluster.ConnectAsync("control");
        var grains = connection.Client;
        await MakeModel(grains);
        var model = grains.GetGrain<IDrawingGrain>("model");
        var before = (await model.DrawAsync(s_request, Until.Limit)).Pictures!;
        var drawn = await Until.Holds("who draws is known", DrawsOn, worker => worker is not null);

        // Some of them are with the device when it dies.
        var asked = Enumerable.Range(0, Callers).Select(seed => model.DrawAsync(s_request with { Seed = seed }, Until.Limit)).ToList();
        await cluster[drawn!.Split('/')[0]].KillAsync();
        var answers = await Task.WhenAll(asked);

        Assert.Equal(Bytes(before), Bytes(answers[(int)s_request.Seed].Pictures!));
        Assert.Equal(Callers, answers.Select(a => string.Concat(Bytes(a.Pictures!))).Distinct().Count());
        Assert.NotEqual(drawn, await Until.Holds("another draws", DrawsOn, worker => worker is not null && worker != drawn));

        asked = [.. Enumerable.Range(0, Callers).Select(seed => model.DrawAsync(s_request with { Seed = seed }, Until.Limit))];
        var control = cluster["control"].Plan;
        await cluster["control"].KillAsync();
        cluster.Start(control);
        await cluster["control"].ReadyAsync();
        foreach (var (answer, again) in answers.Zip(await Task.WhenAll(asked))) Assert.Equal(Bytes(answer.Pictures!), Bytes(again.Pictures!));

        async Task<string?> DrawsOn() => (await grains.GetGrain<IDevicesGrain>("default").GetDevices())
            .FirstOrDefault(d => d.Work == "model/draw")?.Worker;
    }

    private static string[] Bytes(IReadOnlyList<DrawnPicture> pictures) => [.. pictures.Select(p => Convert.ToHexString(p.Png))];

    private static async Task MakeModel(IGrainFactory grains)
    {
        await grains.GetGrain<IDatasetGrain>("fashion").Register(new DatasetRequest
        {
            Location = Path.Combine(RepositoryRoot.Path, "deploy", "sample-data", "fashion-mnist"),
            ValidationImages = 9500,
        });
        await Train("tok", new TrainingRequest { Preset = "tokenizer-smoke", Dataset = "fashion" });
        var tokens = grains.GetGrain<ITokenizationJobGrain>("tokens");
        await tokens.Start(new TokenizationRequest { Dataset = "fashion", Tokenizer = "tok" });
        await ToRest(tokens);
        await Train("model", new TrainingRequest { Preset = "pgm-smoke", Tokens = "tokens" });

        async Task Train(string id, TrainingRequest request)
        {
            var run = grains.GetGrain<ITrainingRunGrain>(id);
            await run.Start(request with { Set = new Dictionary<string, string> { ["training.steps"] = "10" } });
            await ToRest(run);
        }
    }

    private static async Task ToRest(IJobGrain job)
    {
        var last = JobPhase.Queued;
        await foreach (var seen in job.WatchToRest(Until.Limit)) last = seen.Phase;
        Assert.Equal(JobPhase.Completed, last);
    }
}
