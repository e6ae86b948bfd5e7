using System.Runtime.CompilerServices;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Cli.Tests.Fakes;

internal abstract class FakeJob(FakeCluster cluster, string id, JobKind kind) : IJobGrain
{
    protected static readonly DateTimeOffset Noon = new(2025, 1, 1, 12, 0, 0, TimeSpan.Zero);

    protected string Id => id;

    public object? Request { get; private set; }

    public JobStatus Status { get; private set; } = new() { Id = id, Kind = kind, Phase = JobPhase.Queued, CreatedAt = Noon };

    public Task<JobStatus> GetStatus() =>
        Request is null ? throw new NotFoundException($"Nothing was started under '{id}'.") : Task.FromResult(Status);

    public Task<JobStatus> Cancel() => Task.FromResult(Status = Status with { Phase = JobPhase.Cancelled });

    public Task<JobStatus> Pause() => Task.FromResult(Status = Status with { Phase = JobPhase.Paused });

    public Task<JobStatus> Resume() => Task.FromResult(Status = Status with { Phase = JobPhase.Queued });

    public async IAsyncEnumerable<JobEvent> Watch([EnumeratorCancellation] CancellationToken cancellation)
    {
        cluster.Log.Add($"watch {id}");
        cluster.Watching?.Invoke(id);
        cancellation.ThrowIfCancellationRequested();
        if (Status.Phase != JobPhase.Completed)
        {
            yield return new JobEvent
            {
                Sequence = 1,
                Phase = JobPhase.Running,
                Progress = new JobProgress { Done = cluster.StepsDone, Total = 100, Unit = "step", UnitsPerSecond = 10, Loss = 0.5 },
            };
            await Task.Yield();
            var (phase, message) = cluster.Endings.TryGetValue(id, out var ending) ? ending : (JobPhase.Completed, null!);
            Status = Status with { Phase = phase, Message = message, StartedAt = Noon, FinishedAt = Noon.AddSeconds(10) };
            if (cluster.Jobs.FindIndex(j => j.Name == id) is >= 0 and var entry)
                cluster.Jobs[entry] = cluster.Jobs[entry] with { AtRest = true };
        }
        yield return new JobEvent { Sequence = 2, Phase = Status.Phase, Message = Status.Message };
    }

    public Task Wake() => Task.CompletedTask;

    public Task<Origin> GetOrigin() => cluster.Gone.Contains(id) ? throw new NotFoundException($"'{id}' is gone.") : Task.FromResult(
        cluster.Origins.GetValueOrDefault(id) ?? new Origin { Job = id, Made = "weights", Summary = "", From = [] });

    protected Task<JobStatus> Begin(object request)
    {
        if (cluster.Refusals.TryGetValue(id, out var refusal)) throw refusal;
        cluster.Log.Add($"start {id}");
        var labels = (request as IScheduledRequest)?.Scheduling?.Labels;
        if (Request is null)
        {
            cluster.Jobs.Add(new CatalogEntry { Name = id, JobKind = kind, Labels = labels });
            Status = Status with { Labels = labels };
        }
        Request = request;
        if (Status.Phase is JobPhase.Failed or JobPhase.Cancelled) Status = Status with { Phase = JobPhase.Queued };
        return Task.FromResult(Status);
    }

    protected static ArtifactReference Artifact(string name) => new(name, 1, new string('a', 64));
}
