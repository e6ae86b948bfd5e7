using System.Net;
using PgmCluster.Cli.Homes;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Devices;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.Data.Downloads;
using PgmCluster.Execution.Documents;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;
using PgmCluster.Tls;

namespace PgmCluster.Cli.Tests.Fakes;

/// <summary>A cluster in memory: jobs are completed by being watched.</summary>
internal sealed class FakeCluster : IClusterSessions
{
    private readonly Dictionary<(Type, string), object> _grains = [];

    /// <summary>What happened, in order: "start smoke-s0-pgm", "watch smoke-s0-pgm", ...</summary>
    public List<string> Log { get; } = [];

    /// <summary>True where a silo runs already.</summary>
    public bool IsUp { get; set; }

    public int Embedded { get; private set; }

    /// <summary>Of the silo that was embedded last.</summary>
    public SiloOptions? LastOptions { get; private set; }

    /// <summary>Where the silo serves the HTTP API.</summary>
    public string? ApiAddress { get; set; }

    /// <summary>How the jobs with these ids end instead of being completed.</summary>
    public Dictionary<string, (JobPhase Phase, string Message)> Endings { get; } = [];

    /// <summary>Steps of 100 that a job says it has done, before it ends.</summary>
    public int StepsDone { get; set; } = 30;

    /// <summary>The gangs that runs had.</summary>
    public Dictionary<string, IReadOnlyList<GangFormation>> Formations { get; } = [];

    /// <summary>Thrown when the job with this id is started.</summary>
    public Dictionary<string, Exception> Refusals { get; } = [];

    /// <summary>Called when a job is watched.</summary>
    public Action<string>? Watching { get; set; }

    /// <summary>Called when a silo is to be started for a command.</summary>
    public Action? Embedding { get; set; }

    /// <summary>Called once a silo in the foreground has said that it is ready.</summary>
    public Action? Standing { get; set; }

    /// <summary>Inception's weights as a server of the test publishes them.</summary>
    public PublishedFile? Inception { get; set; }

    /// <summary>What evaluations come to; null for some scores.</summary>
    public Func<EvaluationRequest, EvaluationScores>? Scores { get; set; }

    /// <summary>Environment variables.</summary>
    public Dictionary<string, string?> Variables { get; } = [];

    /// <summary>What jobs say of what they were made from; nothing where it is not here.</summary>
    public Dictionary<string, Origin> Origins { get; } = [];

    /// <summary>What tokenizations made; a sample where it is not here.</summary>
    public Dictionary<string, TokenizationResult> Tokens { get; } = [];

    /// <summary>Jobs and datasets that the catalog knows and that have no record.</summary>
    public HashSet<string> Gone { get; } = [];

    public List<CatalogEntry> Jobs { get; } = [];

    public List<CatalogEntry> Datasets { get; } = [];

    public List<QueuedWork> Queue { get; } = [];

    /// <summary>What the scheduler answers when it is asked for devices.</summary>
    public Func<Task<IReadOnlyList<DeviceInfo>>> Devices { get; set; } = () => Task.FromResult<IReadOnlyList<DeviceInfo>>([]);

    public IReadOnlyList<(string Name, string Kind)> Presets => [("pgm-smoke", "pgm"), ("tokenizer-smoke", "tokenizer")];

    public IReadOnlyList<SpeedResult> MeasureSpeed(IReadOnlyList<string> specifications, SamplingSettings settings, int batch)
    {
        Log.Add($"measure {specifications.Count} models");
        return [.. specifications.Select((_, i) => new SpeedResult
        {
            Subject = $"{i}", Batch = batch, Seconds = [i + 1.0], MedianSeconds = i + 1.0, GigaOperationsPerImage = 4 * i + 1,
            PeakMegabytes = 100,
        })];
    }

    public Task<IClusterSession?> ConnectAsync(PgmHome home, TlsFiles? tls, CancellationToken cancellation) =>
        Task.FromResult<IClusterSession?>(IsUp ? new FakeSession(this, home, null) : null);

    public Task<IClusterSession> ConnectAsync(
        IReadOnlyList<DnsEndPoint> gateways, string clusterId, PgmHome home, TlsFiles? tls, CancellationToken cancellation)
    {
        Log.Add($"connect {string.Join(' ', gateways.Select(g => $"{g.Host}:{g.Port}"))} {clusterId}");
        return Task.FromResult<IClusterSession>(new FakeSession(this, home, null));
    }

    public Task<IClusterSession> EmbedAsync(PgmHome home, SiloOptions options, Action<string>? notice, CancellationToken cancellation)
    {
        Embedding?.Invoke();
        Embedded++;
        LastOptions = options;
        return Task.FromResult<IClusterSession>(new FakeSession(this, home, home.Claim()));
    }

    public object Grain(Type type, string key, PgmHome home)
    {
        if (_grains.TryGetValue((type, key), out var grain)) return grain;
        grain = type switch
        {
            _ when type == typeof(IDatasetGrain) => new FakeDataset(this, key, home),
            _ when type == typeof(ITrainingRunGrain) => new FakeTraining(this, key, home),
            _ when type == typeof(IRegistrationJobGrain) => new FakeRegistration(this, key),
            _ when type == typeof(ITokenizationJobGrain) => new FakeTokenization(this, key, home),
            _ when type == typeof(ISamplingJobGrain) => new FakeSampling(this, key, home),
            _ when type == typeof(IEvaluationJobGrain) => new FakeEvaluation(this, key),
            _ when type == typeof(IStatisticsJobGrain) => new FakeStatistics(this, key),
            _ when type == typeof(ILikelihoodJobGrain) => new FakeLikelihood(this, key),
            _ when type == typeof(IDevicesGrain) => new FakeScheduler(this),
            _ when type == typeof(IJobRetentionGrain) => new FakeRetention(this),
            _ when type == typeof(ICatalogGrain) => new FakeCatalog(key == "jobs" ? Jobs : Datasets),
            _ => throw new NotSupportedException(type.Name),
        };
        return _grains[(type, key)] = grain;
    }

    /// <summary>All requests of a sort, by the ids of their jobs.</summary>
    public IReadOnlyDictionary<string, T> Requests<T>() =>
        _grains.Where(g => g.Value is FakeJob { Request: T }).ToDictionary(g => g.Key.Item2, g => (T)((FakeJob)g.Value).Request!);

    /// <summary>The request that a job was started with.</summary>
    public T Request<T>(string id) =>
        (T)_grains.Where(g => g.Key.Item2 == id && g.Value is FakeJob).Select(g => ((FakeJob)g.Value).Request!).Single();
}
