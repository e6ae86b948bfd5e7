using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Hosting;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Storage;
using Orleans.TestingHost;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Training;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Artifacts;
using PgmCluster.Grains.Callers;
using PgmCluster.Grains.Datasets;
using PgmCluster.Grains.Hosting;
using PgmCluster.Grains.Options;
using PgmCluster.Grains.Placement;
using PgmCluster.Grains.Protocol;
using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Grains.Tests.Support;

/// <summary>A cluster in this process with fake work, and state in files that a next cluster can go on from.</summary>
public sealed class GrainCluster : IAsyncDisposable
{
    private readonly string _directory;
    private readonly bool _ownsDirectory;
    private readonly CutOff _cutOff;

    private GrainCluster(
        string directory, bool ownsDirectory, InProcessTestCluster cluster, FakeWork work, FileGrainStorage storage,
        TestSchedulerStore queue, CutOff cutOff, CountedCalls calls, CapturedLog log)
    {
        Log = log;
        _directory = directory;
        _ownsDirectory = ownsDirectory;
        Silos = cluster;
        Work = work;
        Storage = storage;
        Queue = queue;
        _cutOff = cutOff;
        Calls = calls;
    }

    public InProcessTestCluster Silos { get; }

    public FakeWork Work { get; }

    public FileGrainStorage Storage { get; }

    /// <summary>What the scheduler has stored.</summary>
    public TestSchedulerStore Queue { get; }

    /// <summary>Calls that its grains had.</summary>
    public CountedCalls Calls { get; }

    public IGrainFactory Grains => Silos.Client;

    public IDeviceSchedulerGrain Scheduler => Grains.GetGrain<IDeviceSchedulerGrain>("default");

    /// <summary>Warnings of its silos.</summary>
    public CapturedLog Log { get; }

    /// <summary>Set to have heartbeats not reach who renews leases.</summary>
    public bool SchedulerIsCutOff
    {
        get => _cutOff.IsOn;
        set => _cutOff.IsOn = value;
    }

    /// <param name="devices">Of each silo.</param>
    /// <param name="silos">How many.</param>
    /// <param name="directory">State and artifacts of an earlier cluster.</param>
    /// <param name="auto">Has work end by itself.</param>
    /// <param name="controlSilos">The first so many have no devices.</param>
    /// <param name="controlLater">Silos that are started after those have no devices.</param>
    /// <param name="configure">Changes settings.</param>
    /// <param name="time">The silos' clock; null for the machine's.</param>
    /// <param name="prepare">Fills the database before a silo starts.</param>
    public static async Task<GrainCluster> Start(
        string devices = "cpu:0", int silos = 1, string? directory = null, Func<FakeItem, string>? auto = null, int controlSilos = 0,
        bool controlLater = false, Action<GrainsOptions>? configure = null,
        TimeProvider? time = null, Func<TestSchedulerStore, Task>? prepare = null)
    {
        var root = directory ?? Directory.CreateTempSubdirectory("pgm-grains-").FullName;
        var work = new FakeWork { Auto = auto };
        var storage = new FileGrainStorage(Path.Combine(root, "state"));
        var queue = new TestSchedulerStore(Path.Combine(root, "state", "queue.db"), storage);
        if (prepare is not null) await prepare(queue);
        var cutOff = new CutOff();
        var calls = new CountedCalls();
        var log = new CapturedLog();
        var started = 0;
        var builder = new InProcessTestClusterBuilder((short)silos);
        builder.ConfigureSilo((_, silo) =>
        {
            var number = Interlocked.Increment(ref started);
            var own = number <= controlSilos || (controlLater && number > silos) ? "none" : devices;
            silo.Services.AddSingleton(time ?? TimeProvider.System);
            silo.Services.AddSingleton(new ClusterSecret(new byte[ClusterSecret.LeastBytes]));
            silo.Services.AddSingleton<IWorkItemFactory>(work);
            silo.Services.AddSingleton<ISpecificationResolver, FakeSpecifications>();
            silo.Services.AddSingleton<IStartingWeights, FakeStartingWeights>();
            silo.Services.AddSingleton<IDatasetReader, FakeDatasetReader>();
            silo.Services.AddKeyedSingleton<IGrainStorage>("Default", storage);
            silo.Services.AddSingleton<ISchedulerStore>(queue);
            silo.Services.AddSingleton<IStoredRecords>(storage);
            silo.Services.AddSingleton(queue.Catalog);
            silo.Services.AddSingleton(queue.DueJobs);
            silo.Services.AddSingleton(queue.FormerSchema);
            silo.UseSiloMetadata(new Dictionary<string, string> { [PreferControlSiloPlacement.DevicesKey] = own == "none" ? "" : own });
            silo.AddOutgoingGrainCallFilter(cutOff);
            silo.AddIncomingGrainCallFilter(calls);
            silo.Services.AddSingleton<ILoggerProvider>(log);
            var options = new GrainsOptions { Devices = own, Artifacts = Path.Combine(root, "artifacts") };
            configure?.Invoke(options);
            silo.AddPgmGrains(options);
        });
        var cluster = builder.Build();
        await cluster.DeployAsync();
        if (controlSilos > 0) await SiloAcquaintance.WaitForAsync(cluster);
        return new GrainCluster(root, directory is null, cluster, work, storage, queue, cutOff, calls, log);
    }

    /// <summary>Where state and artifacts are, for a cluster that comes after this one.</summary>
    public string Root => _directory;

    public ITrainingRunGrain Run(string id) => Grains.GetGrain<ITrainingRunGrain>(id);

    public ITokenizationJobGrain Tokens(string id) => Grains.GetGrain<ITokenizationJobGrain>(id);

    public ISamplingJobGrain Samples(string id) => Grains.GetGrain<ISamplingJobGrain>(id);

    public IEvaluationJobGrain Evaluation(string id) => Grains.GetGrain<IEvaluationJobGrain>(id);

    public IStatisticsJobGrain Statistics(string id) => Grains.GetGrain<IStatisticsJobGrain>(id);

    /// <summary>Registers "shoes": 30 images by default.</summary>
    public Task<DatasetInfo> Register(string name = "shoes", int images = 30, int validation = 6, string? location = null) =>
        Grains.GetGrain<IDatasetGrain>(name).Register(
            new DatasetRequest { Location = location ?? $"fake:{images}", ValidationImages = validation });

    /// <summary>Registers "shoes" and starts a tokenizer's training on it.</summary>
    public async Task<(ITrainingRunGrain Run, FakeItem Item)> StartRun(string id = "run", string preset = "tokenizer-x")
    {
        await Register();
        await Run(id).Start(Request(preset));
        return (Run(id), await Work.Next());
    }

    public static TrainingRequest Request(string preset = "tokenizer-x") => new()
    {
        Preset = preset,
        Dataset = "shoes",
        Set = new Dictionary<string, string> { ["training.steps"] = "100" },
    };

    /// <summary>Trains tokenizer, classifier and model and tokenizes, all by fake work: ids "tok", "cls", "tokens", "model".</summary>
    /// <param name="images">Of the dataset.</param>
    /// <param name="validation">Of these, held out.</param>
    /// <param name="sizes">Overrides of a run by its id, such as "cls": "data.imageSize=32".</param>
    /// <param name="location">A source that is read for real; null for made-up images.</param>
    public async Task MakeModel(
        int images = 30, int validation = 6, IReadOnlyDictionary<string, string>? sizes = null, string? location = null)
    {
        Dictionary<string, string> Set(string run) =>
            sizes?.GetValueOrDefault(run)?.Split('=') is [var key, var value] ? new() { [key] = value } : [];
        var before = Work.Auto;
        Work.Auto = item => item.Kind == WorkKinds.Train
            ? WorkJson.Write(TrainResult(item.Read<TrainWork>().RunId))
            : WorkJson.Write(ShardResult(item));
        await Register(images: images, validation: validation, location: location);
        await Run("tok").Start(Request() with { Set = Set("tok") });
        await Run("cls").Start(Request("classifier-x") with { Set = Set("cls") });
        await ToRest(Run("tok"), JobPhase.Completed);
        await ToRest(Run("cls"), JobPhase.Completed);
        await Tokens("tokens").Start(new TokenizationRequest { Dataset = "shoes", Tokenizer = "tok", ShardSize = 10 });
        await ToRest(Tokens("tokens"), JobPhase.Completed);
        await Run("model").Start(new TrainingRequest { Preset = "pgm-x", Tokens = "tokens", Set = Set("model") });
        await ToRest(Run("model"), JobPhase.Completed);
        Work.Auto = before;
    }

    public static TrainResult TrainResult(string run = "run") => new()
    {
        Steps = 100,
        FinalLoss = 0.5,
        Parameters = 7,
        WeightsSha256 = new string('1', 64),
        Weights = new ArtifactInfo($"runs/{run}/weights.safetensors", 8, new string('2', 64)),
    };

    public static TokenizeShardResult ShardResult(FakeItem item)
    {
        var work = item.Read<TokenizeShardWork>();
        // Shard i uses codes 0 and i + 1 (of 16).
        var bitmap = new byte[2];
        bitmap[0] |= 1;
        var code = ((work.Images.Start / 10) % 15) + 1;
        bitmap[code / 8] |= (byte)(1 << (code % 8));
        return new TokenizeShardResult
        {
            File = new ArtifactInfo(work.Output, 100, new string('3', 64)),
            Images = work.Images.Count,
            Flipped = work.Flip,
            Height = 7,
            Width = 7,
            Codebook = 16,
            CodeBitmap = bitmap,
        };
    }

    public static CheckpointRecord Checkpoint(long step, long generation) =>
        new(step, generation, new ArtifactInfo($"runs/run/{generation}/{step}.json", 5, new string('4', 64)));

    /// <summary>Watches until an event fits; fails where the stream ends before.</summary>
    public static async Task<JobEvent> Until(IJobGrain job, Func<JobEvent, bool> wanted, string what)
    {
        using var patience = new CancellationTokenSource(Waits.Limit);
        JobEvent? last = null;
        try
        {
            await foreach (var present in job.Watch(patience.Token).WithCancellation(patience.Token))
            {
                last = present;
                if (wanted(present)) return present;
            }
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            // Told below with what was seen last.
        }
        throw new Xunit.Sdk.XunitException($"Job {job.GetPrimaryKeyString()}: expected {what}, last seen {last}.");
    }

    public static async Task<JobEvent> ToRest(IJobGrain job, JobPhase phase)
    {
        var end = await Until(job, e => e.Phase.IsAtRest(), $"to come to rest as {phase}");
        Assert.True(end.Phase == phase, $"Job {job.GetPrimaryKeyString()}: expected {phase}, is {end}.");
        return end;
    }

    /// <summary>Has the scheduler believe that the device's process died and came back.</summary>
    public async Task LoseWorker()
    {
        var device = (await Scheduler.GetDevices()).Single();
        await Scheduler.Announce(device with { Incarnation = Guid.NewGuid().ToString("N"), Work = null });
    }

    /// <summary>The next item, after a loss: the device is free once its old work has ended.</summary>
    public async Task<FakeItem> NextAfterLoss(FakeItem lost)
    {
        await lost.Interrupted.InTime();
        return await Work.Next();
    }

    public async ValueTask DisposeAsync()
    {
        await Silos.DisposeAsync();
        Queue.Dispose();
        if (_ownsDirectory) Directory.Delete(_directory, recursive: true);
    }
}
