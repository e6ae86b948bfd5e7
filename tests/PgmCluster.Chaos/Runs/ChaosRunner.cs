using System.Diagnostics;
using System.Globalization;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Chaos.Runs;

/// <summary>
/// Trains and tokenizes on a cluster of real processes while it kills, stops and restarts them, and compares what came out with the same
/// jobs left in peace.
/// </summary>
internal sealed class ChaosRunner(ChaosPlan plan, TextWriter progress, CancellationToken cancellation)
{
    private const string Dataset = "fashion";

    private static readonly string s_pictures = Path.Combine(RepositoryRoot.Path, "deploy", "sample-data", "fashion-mnist");

    private readonly Random _random = new(plan.Seed);
    private readonly List<ChaosFault> _log = [];
    private ChaosCluster _cluster = null!;
    private StepObserver _observer = null!;
    private long _begun;

    private IGrainFactory Grains => _cluster.Grains;

    /// <exception cref="HarnessException">The cluster does not start, or does not do what it does in peace.</exception>
    public async Task<ChaosReport> RunAsync()
    {
        await using var cluster = _cluster = await ChaosCluster.StartAsync(plan, cancellation);
        await Grains.GetGrain<IDatasetGrain>(Dataset).Register(
            new DatasetRequest { Location = s_pictures, ValidationImages = 10_000 - ChaosPlan.TokenizedImages });
        Say($"{plan.Workers + ChaosCluster.Controls.Count} silos run over {plan.Database}{(plan.NeedsNetwork ? ", each on a host of its own" : "")}");
        var quiet = await Undisturbed();
        return await Disturbed(quiet);
    }

    private async Task<Quiet> Undisturbed()
    {
        // A short run tells what a step takes, and makes the tokenizer.
        var first = await Timed(Request(20), "base");
        var rate = 20 / first.Seconds;
        var steps = Math.Max(40, (int)(plan.Minutes * 60 * rate * 0.8));
        var tokens = await Tokenize("tokens-quiet");
        Say($"undisturbed: {steps} steps with one worker, about {rate:0.0} steps/s");
        var run = await Timed(Request(steps), "quiet");
        return new Quiet(steps, run.Sha256, run.Seconds, tokens);
    }

    private async Task<ChaosReport> Disturbed(Quiet quiet)
    {
        var run = Grains.GetGrain<ITrainingRunGrain>("chaos");
        // The tokenization takes what it leaves.
        await run.Start(
            Request(quiet.Steps) with { MinWorkers = 1, MaxWorkers = plan.GangSize, Scheduling = new Scheduling { Priority = 1 } });
        await using var observer = _observer = new StepObserver(run);
        await Until.Holds("the run does steps", () => observer.Done > 2, cancellation: cancellation);
        _begun = Stopwatch.GetTimestamp();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var tokenizing = TokenizeAgainAndAgain(quiet.Tokens, end.Token);
        while (!observer.AtRest.IsCompleted && Stopwatch.GetElapsedTime(_begun) < TimeSpan.FromMinutes(plan.Minutes))
        {
            await Fault();
            await Task.WhenAny(observer.AtRest, Task.Delay(TimeSpan.FromSeconds(1 + _random.NextDouble() * 4), cancellation));
        }
        Say("no more faults; the run goes to its end");
        await observer.AtRest.WaitAsync(cancellation);
        var seconds = Stopwatch.GetElapsedTime(_begun).TotalSeconds;
        await end.CancelAsync();
        var (tokenizations, rewritten, sameTokens) = await tokenizing;

        var details = await Patiently(run.GetDetails);
        var sha = details.Result?.WeightsSha256;
        if (sha is null) Say($"the run is {details.Status.Phase}: {details.Status.Message}");
        return new ChaosReport
        {
            Faults = _log.Count,
            FaultsByKind = _log.CountBy(f => f.Kind).ToDictionary(),
            StepsCommitted = details.Status.Progress.Done,
            StepsLost = observer.StepsLost(details.Formations),
            StepsLostBySurvivors = observer.StepsLost(details.Formations, formation => formation.Step >= 0),
            RecoverySeconds = ChaosTimes.Of(_log.Where(f => !f.TookAll).Select(f => f.RecoverySeconds).OfType<double>()),
            RecoverySecondsByKind = _log.GroupBy(f => f.Name).ToDictionary(
                g => g.Key, g => ChaosTimes.Of(g.Select(f => f.RecoverySeconds).OfType<double>())),
            ThroughputKept = Math.Round(quiet.Steps / seconds / (quiet.Steps / quiet.Seconds), 3),
            WeightsSha256 = sha,
            UndisturbedSha256 = quiet.Sha256,
            Equal = sha == quiet.Sha256 && sameTokens,
            Shards = tokenizations * ChaosPlan.Shards,
            ShardsRewritten = rewritten,
            Tokenizations = tokenizations,
            Generations = details.GangGeneration,
            ChaosSeconds = Math.Round(seconds, 1),
            UndisturbedSeconds = Math.Round(quiet.Seconds, 1),
            Log = _log,
        };
    }

    /// <summary>Makes one fault, undoes it where it is to be undone, and waits until the run gets on.</summary>
    private async Task Fault()
    {
        await _cluster.RestartAsync();
        var kind = ChaosFaults.Draw(_random, plan.Kinds);
        if (kind == ChaosFaults.Database && plan.Database != "postgres") return;
        var members = (await Patiently(Grains.GetGrain<ITrainingRunGrain>("chaos").GetDetails)).Members.Select(m => m.Split('/')[0])
            .ToHashSet();
        var target = kind switch
        {
            ChaosFaults.Control => ChaosCluster.Controls[_random.Next(ChaosCluster.Controls.Count)],
            ChaosFaults.Database => "PostgreSQL",
            ChaosFaults.All => "all silos",
            _ => ChaosFaults.DrawWorker(_random, kind, [.. Enumerable.Range(0, plan.Workers).Select(ChaosCluster.Worker)], members),
        };
        var (at, done) = (Stopwatch.GetTimestamp(), _observer.Done);
        Say($"{kind} {target} at step {done}");
        await Make(kind, target);
        // What survivors had under way at the fault may still be done without them having noticed anything.
        await Task.WhenAny(
            _observer.AtRest,
            Until.Holds(
                $"the run gets past step {done + 2} after {kind} of {target}",
                () => _observer.Done >= done + 2 || _observer.AtRest.IsCompleted, TimeSpan.FromMinutes(3), cancellation));
        double? recovery = _observer.FirstSeen(done + 2) is { } seen
            ? Math.Round(Stopwatch.GetElapsedTime(at, seen).TotalSeconds, 2)
            : null;
        var takesAll = kind == ChaosFaults.All || (ChaosFaults.TakesState(kind) && members.Count == 1 && members.Contains(target));
        _log.Add(new ChaosFault(
            kind, target, Math.Round(Stopwatch.GetElapsedTime(_begun, at).TotalSeconds, 1), members.Contains(target), takesAll, recovery));
    }

    private async Task Make(string kind, string target)
    {
        switch (kind)
        {
            case ChaosFaults.Kill or ChaosFaults.Control:
                await _cluster.KillAsync(target);
                await Wait(1, 4);
                await _cluster.RestartAsync();
                break;
            case ChaosFaults.Terminate:
                await _cluster.TerminateAsync(target);
                await _cluster.RestartAsync();
                break;
            case ChaosFaults.Pause:
                _cluster.Pause(target);
                await Wait(2, 25);
                _cluster.Continue(target);
                break;
            case ChaosFaults.Database:
                await _cluster.StopDatabaseAsync();
                await Wait(2, 8);
                await _cluster.StartDatabaseAsync();
                break;
            case ChaosFaults.All:
                await _cluster.KillAllAsync();
                await _cluster.RestartAsync();
                break;
            case ChaosFaults.Partition:
                await _cluster.CutOffAsync(target);
                await Wait(2, 25);
                await _cluster.HealAsync(target);
                break;
            case ChaosFaults.Slow:
                await _cluster.SlowDownAsync(target);
                await Wait(5, 25);
                await _cluster.SpeedUpAsync(target);
                break;
        }
    }

    private Task Wait(double least, double most) =>
        Task.Delay(TimeSpan.FromSeconds(least + _random.NextDouble() * (most - least)), cancellation);

    private async Task<(int Count, int Rewritten, bool Same)> TokenizeAgainAndAgain(IReadOnlyList<string> expected, CancellationToken end)
    {
        var (count, rewritten, same) = (0, 0, true);
        while (!end.IsCancellationRequested)
        {
            var id = $"tokens-{count}";
            using var files = new ShardWatch(Path.Combine(_cluster.Artifacts, "tokens", id));
            var shards = await Tokenize(id);
            same &= shards.SequenceEqual(expected);
            rewritten += files.Rewritten;
            count++;
        }
        return (count, rewritten, same);
    }

    private async Task<IReadOnlyList<string>> Tokenize(string id)
    {
        var job = Grains.GetGrain<ITokenizationJobGrain>(id);
        var request = new TokenizationRequest
        {
            Dataset = Dataset,
            Tokenizer = "base",
            ShardSize = ChaosPlan.TokenizedImages / ChaosPlan.Shards,
            BatchSize = 25,
        };
        await Patiently(() => job.Start(request));
        await foreach (var _ in job.WatchToRest(TimeSpan.FromMinutes(5), cancellation))
        {
        }
        var result = await Patiently(job.GetResult);
        return [.. result.Shards.Select(s => s.File.Sha256)];
    }

    private async Task<(string Sha256, double Seconds)> Timed(TrainingRequest request, string id)
    {
        var run = Grains.GetGrain<ITrainingRunGrain>(id);
        await run.Start(request);
        await using var observer = new StepObserver(run);
        await observer.AtRest.WaitAsync(cancellation);
        var details = await run.GetDetails();
        var (first, last) = (observer.FirstSeen(1), observer.FirstSeen(details.Status.Progress.Done));
        if (details.Result is not { } result || first is null || last is null)
            throw new HarnessException($"Training '{id}' undisturbed: it is {details.Status.Phase}. {details.Status.Message}");
        return (result.WeightsSha256, Stopwatch.GetElapsedTime(first.Value, last.Value).TotalSeconds);
    }

    private static TrainingRequest Request(int steps) => new()
    {
        Preset = "tokenizer-fashion",
        Dataset = Dataset,
        Seed = 1,
        Set = new Dictionary<string, string>
        {
            ["training.steps"] = steps.ToString(CultureInfo.InvariantCulture),
            ["training.checkpointSeconds"] = "10",
            ["training.microBatches"] = "8"
        },
    };

    /// <summary>A call that may meet a silo that is going: control calls can be repeated.</summary>
    private async Task<T> Patiently<T>(Func<Task<T>> call)
    {
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return await call();
            }
            catch (Exception e) when (e is not OperationCanceledException && Stopwatch.GetElapsedTime(begun) < TimeSpan.FromMinutes(2))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(300), cancellation);
            }
        }
    }

    private void Say(string line)
    {
        var at = _begun == 0
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(_begun).TotalSeconds,6:0.0} s  ");
        progress.WriteLine($"{at}{line}");
    }

    private sealed record Quiet(int Steps, string Sha256, double Seconds, IReadOnlyList<string> Tokens);
}
