using System.Diagnostics;
using System.Globalization;
using PgmCluster.Chaos.Clusters;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Pulls;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.Grains.Protocol;
using PgmCluster.Silo.Hosting;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Benchmarks.Proofs.WebDataset;

/// <summary>
/// Two silos in processes of their own that pull a dataset, register it, train a small tokenizer on it, tokenize it, and train on the
/// tokens; killed on the way, and started again.
/// </summary>
/// <param name="cluster">Without silos yet.</param>
/// <param name="hub">Where the data are.</param>
/// <param name="sizes">How much is done.</param>
/// <param name="kills">When silos are killed.</param>
/// <param name="random">Draws how long one stays away.</param>
/// <param name="say">Told what happens.</param>
internal sealed class JobChain(
    LocalCluster cluster, FaultyHub hub, ChainSizes sizes, Kills kills, Random random, Action<string> say) : IAsyncDisposable
{
    public static readonly IReadOnlyList<string> Stages = ["pull", "register", "train the tokenizer", "tokenize", "train"];
    private const int MostStarts = 10;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25), Patience = TimeSpan.FromMinutes(2);
    private readonly List<SiloPlan> _plans = [];
    private SiloConnection _connection = null!;

    /// <summary>Peak memory of silos, by name, over all their lives.</summary>
    public ProcessMemory Memory { get; } = new();

    /// <summary>The stage of each kill.</summary>
    public List<string> Killed { get; } = [];

    /// <summary>What jobs failed with that were started again, as a user would.</summary>
    public List<string> Failures { get; } = [];

    private IGrainFactory Grains => _connection.Client;

    /// <summary>Starts the silos.</summary>
    public async Task StartAsync()
    {
        var environment = new Dictionary<string, string?>
        {
            ["HF_ENDPOINT"] = hub.Address.ToString(),
            ["HF_TOKEN"] = TestSupport.Hub.HubServer.Token,
            ["PGM_HUBRETRYPAUSE"] = "00:00:00.200",
            // A job, however little there is.
            ["PGM_REGISTERATONCEBYTES"] = "0",
        };
        foreach (var name in new[] { "a", "b" })
            _plans.Add((SiloPlan.Device(name) with { Environment = environment }).AtItsOwnPort());
        await cluster.StartAsync([.. _plans]);
        _connection = await cluster.ConnectAsync();
        await Until.Holds("both devices are there", () => Scheduler.GetDevices(), d => d.Count == 2, Patience);
    }

    /// <summary>What the Hub refuses is said at once.</summary>
    /// <returns>The message; null where nothing was refused.</returns>
    public async Task<string?> RefusalAsync(int status)
    {
        hub.AnswerNext(status);
        try
        {
            await Grains.GetGrain<IPullJobGrain>($"refused-{status}").Start(Pull);
            return null;
        }
        catch (Contracts.Errors.InvalidRequestException e)
        {
            return e.Message;
        }
    }

    /// <summary>All stages.</summary>
    public async Task<ChainOutcome> RunAsync()
    {
        var pull = Grains.GetGrain<IPullJobGrain>("pull");
        await Through(0, pull, () => pull.Start(Pull));
        var pulled = await Patiently(pull.GetResult);

        var dataset = Grains.GetGrain<IDatasetGrain>("made");
        await Through(1, async () =>
        {
            var started = await dataset.StartRegistration(
                new DatasetRequest { Location = pulled.Directory, SkipUnreadable = sizes.Unreadable });
            return started.Job is { } id ? Grains.GetGrain<IRegistrationJobGrain>(id) : null;
        });

        var tokenizer = Grains.GetGrain<ITrainingRunGrain>("tokenizer");
        await Through(
            2, tokenizer, () => tokenizer.Start(Training("tokenizer-smoke") with { Dataset = "made", SkipBad = sizes.Undecodable }));

        var tokens = Grains.GetGrain<ITokenizationJobGrain>("tokens");
        await Through(3, tokens, () => tokens.Start(new TokenizationRequest
        {
            Dataset = "made",
            Tokenizer = "tokenizer",
            ShardSize = sizes.ShardSize,
            SkipBad = sizes.Undecodable,
        }));

        var model = Grains.GetGrain<ITrainingRunGrain>("model");
        await Through(4, model, () => model.Start(Training("pgm-smoke") with { Tokens = "tokens" }));

        return new ChainOutcome(
            pulled, await Patiently(dataset.Get), (await Patiently(tokenizer.GetDetails)).Result!, await Patiently(tokens.GetResult),
            (await Patiently(model.GetDetails)).Result!);
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null) await _connection.DisposeAsync();
    }

    private IDeviceSchedulerGrain Scheduler => Grains.GetGrain<IDeviceSchedulerGrain>("default");

    private static PullRequest Pull => new() { Kind = PullKind.Dataset, Repository = FaultyHub.Repository, Parallel = 4 };

    private TrainingRequest Training(string preset) => new()
    {
        Preset = preset,
        Seed = 1,
        MaxWorkers = 2,
        Set = new Dictionary<string, string> { ["training.steps"] = sizes.Steps.ToString(CultureInfo.InvariantCulture) },
    };

    private Task Through(int stage, IJobGrain job, Func<Task<JobStatus>> start) => Through(stage, async () =>
    {
        await start();
        return job;
    });

    /// <summary>Starts a job and follows it to its end, killing whoever works on it when that is due.</summary>
    /// <param name="stage">Of <see cref="Stages"/>.</param>
    /// <param name="start">Gives the job; null where nothing is left to do.</param>
    private async Task Through(int stage, Func<Task<IJobGrain?>> start)
    {
        var begun = Stopwatch.GetTimestamp();
        for (var starts = 1; ; starts++)
        {
            if (await Patiently(start) is not { } job) break;
            var status = await Followed(stage, job);
            if (status.Phase == JobPhase.Completed) break;
            Failures.Add($"{Stages[stage]}: {status.Message}");
            say($"{status.Id} is {status.Phase}: {status.Message}");
            if (status.Phase != JobPhase.Failed || starts == MostStarts)
                throw new HarnessException(
                    $"Running job '{status.Id}': it is {status.Phase} after {starts} starts. {status.Message}");
        }
        kills.EndOf(stage);
        say(string.Create(CultureInfo.InvariantCulture, $"{Stages[stage]}: {Stopwatch.GetElapsedTime(begun).TotalSeconds:0} s"));
    }

    private async Task<JobStatus> Followed(int stage, IJobGrain job)
    {
        while (true)
        {
            var status = await Patiently(job.GetStatus);
            foreach (var silo in cluster.Silos.Where(s => s.IsRunning)) Memory.Look(silo.Name, silo.ProcessId);
            if (status.Phase.IsAtRest()) return status;
            var (done, total) = (status.Progress.Done, status.Progress.Total);
            if (total > 0 && await Holder() is { } holder && kills.IsDue(stage, (double)done / total))
                await Kill(holder, $"{Stages[stage]} at {done} of {total} {status.Progress.Unit}s", Stages[stage]);
            else await Task.Delay(Interval);
        }
    }

    /// <summary>A silo that has work; null where none has.</summary>
    private async Task<string?> Holder()
    {
        var workers = (await Patiently(Scheduler.GetQueue)).SelectMany(w => w.Workers).Select(w => w.Split('/')[0]).Distinct()
            .Where(s => cluster[s].IsRunning).Order(StringComparer.Ordinal).ToArray();
        return workers.Length == 0 ? null : workers[random.Next(workers.Length)];
    }

    private async Task Kill(string silo, string where, string stage)
    {
        Memory.Look(silo, cluster[silo].ProcessId);
        await cluster[silo].KillAsync();
        Killed.Add(stage);
        say($"kill -9 of silo {silo}: {where}");
        await Task.Delay(TimeSpan.FromSeconds(0.2 + 2 * random.NextDouble()));
        await cluster.StartAsync(_plans.Single(p => p.Name == silo));
    }

    /// <summary>A call that may meet a silo that has just gone: all of these can be repeated.</summary>
    private static async Task<T> Patiently<T>(Func<Task<T>> call)
    {
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return await call();
            }
            catch (Exception e) when (e is not Contracts.Errors.InvalidRequestException && Stopwatch.GetElapsedTime(begun) < Patience)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(300));
            }
        }
    }
}
