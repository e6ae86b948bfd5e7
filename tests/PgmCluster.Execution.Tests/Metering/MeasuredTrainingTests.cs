using System.Diagnostics.Metrics;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Tests.Gangs;
using PgmCluster.Execution.Training;

namespace PgmCluster.Execution.Tests.Metering;

/// <summary>What the meters tell of training, and that it makes no difference whether anybody listens.</summary>
public sealed class MeasuredTrainingTests : IDisposable
{
    private const int Steps = 6, Batch = 32, Tokens = 49;
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Name, string Device, string? Phase), (double Sum, int Count)> _heard = [];
    private readonly MeterListener _listener = new();

    public void Dispose() => _listener.Dispose();

    [Theory]
    [InlineData("classifier", 21)]
    [InlineData("pgm", 22)]
    public void Run_MeasuredOrNot_HasTheSameBits_AndItsStepsAreCounted(string kind, int device)
    {
        using var runs = new TestRuns();
        ArtifactInfo[] tokens = [runs.Tokens(200)];
        var settings = new Dictionary<string, string>
        {
            ["training.validationExamples"] = "30",
            ["training.validationSteps"] = "3",
            ["training.checkpointSeconds"] = "1000",
        };
        var unheard = runs.Train(TestRuns.Work(kind, Steps, settings, tokens, run: "unheard"), On(runs, device));
        Listen();
        var heard = runs.Train(TestRuns.Work(kind, Steps, settings, tokens, run: "heard"), On(runs, device));

        Assert.Equal(
            (unheard.WeightsSha256, unheard.OptimizerSha256, unheard.FinalLoss),
            (heard.WeightsSha256, heard.OptimizerSha256, heard.FinalLoss));
        Assert.Equal(Steps, Heard("pgm.training.step.duration", device).Count);
        Assert.Equal(Steps * Batch, Heard("pgm.training.images", device).Sum);
        Assert.Equal(kind == "pgm" ? Steps * Batch * Tokens : 0, Heard("pgm.training.tokens", device).Sum);
        foreach (var phase in new[] { "data", "compute", "update", "validation", "checkpoint" })
            Assert.True(Heard("pgm.training.time", device, phase).Sum > 0, $"Nothing was told of {phase}.");
        // The phases of a step are the whole of it.
        var inSteps = new[] { "data", "compute", "update" }.Sum(phase => Heard("pgm.training.time", device, phase).Sum);
        Assert.Equal(Heard("pgm.training.step.duration", device).Sum, inSteps, 1e-4);
        Assert.Equal(1, Heard("pgm.training.checkpoint.duration", device).Count);
    }

    [Fact]
    public async Task Gang_EachMember_CountsItsShare_AndTheExchange()
    {
        using var runs = new TestRuns();
        using var place = new MeetingPlace("gang");
        Listen();
        var channels = new[] { place.Add("one"), place.Add("two") };

        await Task.WhenAll(channels.Select((channel, i) => Task.Factory.StartNew(
            () => new TrainItem(TestRuns.Work("classifier", Steps, run: "gang")).Run(On(runs, 23 + i, channel)),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        foreach (var device in new[] { 23, 24 })
        {
            Assert.Equal(Steps * Batch / 2, Heard("pgm.training.images", device).Sum);
            Assert.True(Heard("pgm.training.time", device, "exchange").Sum > 0);
        }
    }

    private static Execution.Work.WorkContext On(TestRuns runs, int device, Execution.Wire.IGangChannel? gang = null) => new()
    {
        Generation = 1,
        Device = ComputeDevice.Cpu(device),
        Cores = 1,
        Artifacts = runs.Store,
        Gang = gang,
    };

    private void Listen()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name.StartsWith("PgmCluster.", StringComparison.Ordinal)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.Start();
    }

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string? device = null, phase = null;
        foreach (var tag in tags)
        {
            if (tag.Key == "device") device = tag.Value as string;
            if (tag.Key == "phase") phase = tag.Value as string;
        }
        if (device is null) return;
        lock (_gate)
        {
            var (sum, count) = _heard.GetValueOrDefault((instrument.Name, device, phase));
            _heard[(instrument.Name, device, phase)] = (sum + value, count + 1);
        }
    }

    private (double Sum, int Count) Heard(string name, int device, string? phase = null)
    {
        lock (_gate) return _heard.GetValueOrDefault((name, $"cpu:{device}", phase));
    }
}
