using PgmCluster.Contracts.Drawing;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Execution.Drawing;
using PgmCluster.Execution.Drawing.Orders;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Tests.Support;

namespace PgmCluster.Grains.Tests.Drawing;

/// <summary>Drawing while somebody waits: who shares a batch, and what becomes of those who wait where the device goes.</summary>
public sealed class DrawingGrainTests : IAsyncLifetime
{
    private GrainCluster _cluster = null!;

    public async Task InitializeAsync()
    {
        _cluster = await GrainCluster.Start(configure: options => options.DrawingIdle = TimeSpan.FromSeconds(1));
        await _cluster.MakeModel();
    }

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Draw_ManyAtOnce_ShareBatches_AndTheDeviceIsFreeOnceNobodyWantsAnything()
    {
        var asked = Enumerable.Range(0, 6).Select(seed => Draw([2, 0], seed)).ToList();
        var item = await _cluster.Work.Next();
        Assert.Equal("runs/model/weights.safetensors", item.Read<DrawWork>().Model.Name);
        var serving = Serve(item);

        var answers = await Task.WhenAll(asked).InTime();
        var batches = await serving.InTime();

        Assert.All(answers, answer => Assert.Equal(["dress", "boot"], answer.Pictures!.Select(p => p.ClassName)));
        Assert.Equal(
            Enumerable.Range(0, 6).SelectMany(seed => new[] { (2, seed, 0), (0, seed, 1) }),
            answers.SelectMany(a => a.Pictures!).Select(p => ((int)p.Png[0], (int)p.Png[1], (int)p.Png[2])));
        Assert.Equal((12, true), (batches.Sum(b => b.Orders.Count), batches.Count < 12));
        await Waits.Eventually(async () => (await _cluster.Scheduler.GetQueue()).Count == 0, "nothing is queued");
        Assert.All(await _cluster.Scheduler.GetDevices(), device => Assert.Null(device.Work));
    }

    [Fact]
    public async Task Draw_InOtherWays_IsNotDrawnTogether()
    {
        var asked = new[] { 4, 8 }.Select(steps => Draw([1], 1, new SamplingSettings { Steps = steps })).ToList();
        var batches = await Serve(await _cluster.Work.Next()).InTime();
        await Task.WhenAll(asked).InTime();

        Assert.Equal([4, 8], batches.Select(b => b.Settings.Steps).Order());
    }

    [Fact]
    public async Task Draw_WhatTheDeviceCannot_IsRefusedToWhoAskedForIt_AndDrawnForOthers()
    {
        var asked = new[] { 4, 8 }.Select(steps => Draw([1], 1, new SamplingSettings { Steps = steps })).ToList();
        await Serve(await _cluster.Work.Next(), refuses: settings => settings.Steps == 4).InTime();

        Assert.Contains("no such products", (await Assert.ThrowsAsync<InvalidRequestException>(() => asked[0].InTime())).Message);
        Assert.Single((await asked[1].InTime()).Pictures!);
    }

    [Fact]
    public async Task Draw_TheSameTwice_IsDrawnOnce()
    {
        var asked = new[] { Draw([1], 7), Draw([1], 7) };
        var batches = await Serve(await _cluster.Work.Next()).InTime();
        await Task.WhenAll(asked).InTime();

        Assert.Single(batches.SelectMany(b => b.Orders));
    }

    [Fact]
    public async Task Draw_WhileATrainingHasTheDevice_SaysSo_AndHigherPriorityTakesIt()
    {
        var (_, training) = await _cluster.StartRun();
        var waiting = await Assert.ThrowsAsync<PgmException>(
            () => Model.DrawAsync(new DrawingRequest { Classes = [1] }, TimeSpan.Zero));
        Assert.Equal(PgmErrorCode.Unavailable, waiting.Code);
        Assert.Contains("run", waiting.Message);
        Assert.False(training.Interrupted.IsCompleted);

        var asked = Draw([1], 1, scheduling: new Contracts.Jobs.Scheduling { Priority = 1 });
        await training.Interrupted.InTime();
        await Serve(await _cluster.Work.Next()).InTime();
        Assert.Single((await asked.InTime()).Pictures!);

        // It goes on once nobody draws.
        Assert.Equal(WorkKinds.Train, (await _cluster.Work.Next()).Kind);
    }

    [Fact]
    public async Task Training_IsQueued_TakesTheDeviceFromWhoDraws_AndWhatWasBeingDrawnIsDrawnAfterIt()
    {
        var asked = Draw([1], 1);
        var drawing = await _cluster.Work.Next();
        Assert.NotNull(await Task.Run(() => drawing.Context.Drawing!.Next(0, 4, [])).InTime());

        var (run, training) = await _cluster.StartRun();
        Assert.Equal(WorkKinds.Train, training.Kind);
        training.Complete(GrainCluster.TrainResult());
        await GrainCluster.ToRest(run, JobPhase.Completed);

        Assert.Single((await Serve(await _cluster.Work.Next()).InTime()).SelectMany(b => b.Orders));
        Assert.Single((await asked.InTime()).Pictures!);
    }

    [Fact]
    public async Task Draw_TheDeviceIsLost_IsDrawnByTheNext_AndGivenUpWhereAllAre()
    {
        var asked = Draw([1], 1);
        var item = await _cluster.Work.Next();
        await _cluster.LoseWorker();
        await Serve(await _cluster.NextAfterLoss(item)).InTime();
        Assert.Single((await asked.InTime()).Pictures!);

        var doomed = Draw([1], 2);
        for (var time = 0; time < 3; time++) (await _cluster.Work.Next()).Fail(new InvalidOperationException("CUDA error"));
        Assert.Contains("CUDA error", (await Assert.ThrowsAsync<PgmException>(() => doomed.InTime())).Message);
    }

    [Fact]
    public async Task Draw_WhatCannotBe_IsRefused()
    {
        async Task<string> Refused(IDrawingGrain model, params int[] classes) => (await Assert.ThrowsAnyAsync<PgmException>(
            () => model.Draw(new DrawingRequest { Classes = classes }))).Message;

        Assert.Contains("no class 3", await Refused(Model, 3));
        Assert.Contains("0 classes are named", await Refused(Model));
        Assert.Contains("65 classes are named", await Refused(Model, new int[65]));
        Assert.Contains("a run of kind pgm or pgm-once or maskgit is needed", await Refused(_cluster.Grains.GetGrain<IDrawingGrain>("tok"), 1));
        Assert.Contains("no training job 'nobody'", await Refused(_cluster.Grains.GetGrain<IDrawingGrain>("nobody"), 1));
    }

    private IDrawingGrain Model => _cluster.Grains.GetGrain<IDrawingGrain>("model");

    private Task<DrawingAnswer> Draw(IReadOnlyList<int> classes, long seed, SamplingSettings? settings = null,
        Contracts.Jobs.Scheduling? scheduling = null) =>
        Model.DrawAsync(
            new DrawingRequest { Classes = classes, Seed = seed, Settings = settings ?? new(), Scheduling = scheduling }, Waits.Limit);

    /// <summary>Draws what is wanted until nobody wants anything, as the device's lane would.</summary>
    private static Task<List<DrawingBatch>> Serve(FakeItem item, Func<SamplerSettings, bool>? refuses = null) => Task.Run(() =>
    {
        var batches = new List<DrawingBatch>();
        IReadOnlyList<DrawnImage> drawn = [];
        while (item.Context.Drawing!.Next(0, 4, drawn) is { } batch)
        {
            batches.Add(batch);
            drawn = [.. batch.Orders.Select(o => refuses?.Invoke(batch.Settings) == true ? DrawnImage.Refused(o.Id, "There are no such products.") : new DrawnImage(o.Id, [(byte)o.Label, (byte)o.Seed, (byte)o.Index], [1, 2], [0, 1]))];
        }
        item.Complete(new DrawResult(batches.Sum(b => b.Orders.Count)));
        return batches;
    });
}
