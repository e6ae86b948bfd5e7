using System.Text.Json.Serialization;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.State;
using PgmCluster.Grains.Jobs.Requests;

namespace PgmCluster.Grains.Jobs;

/// <summary>What every job keeps. Ids are never reused.</summary>
/// <typeparam name="TRequest">What the job was asked for.</typeparam>
[GenerateSerializer, Alias("pgm.JobState`1")]
public abstract class JobState<TRequest> where TRequest : class
{
    [Id(0)] public int FormatVersion { get; set; } = 1;

    /// <summary>The request with everything recorded that it left open (threads); null before the first start.</summary>
    [Id(1)] public TRequest? Request { get; set; }

    /// <summary>The request as given: a repetition of it is the same request.</summary>
    [Id(2)] public TRequest? Asked { get; set; }

    [Id(3)] public JobPhase Phase { get; set; }

    [Id(4)] public int Attempt { get; set; }

    /// <summary>The highest fence handed out so far.</summary>
    [Id(5)] public long Generation { get; set; }

    [Id(6)] public string? Message { get; set; }

    [Id(7)] public DateTimeOffset CreatedAt { get; set; }

    [Id(8)] public DateTimeOffset? StartedAt { get; set; }

    [Id(9)] public DateTimeOffset? FinishedAt { get; set; }

    [Id(10)] public string Summary { get; set; } = "";

    /// <summary>As of the last milestone; what came since lives in memory only.</summary>
    [Id(11)] public JobProgress Progress { get; set; } = new();

    [Id(12)] public List<string> MadeFrom { get; set; } = [];

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; set; }

    /// <exception cref="PgmException">It was written by a newer version.</exception>
    internal void RequireFormat(string id, int newest)
    {
        if (FormatVersion > newest)
            throw new PgmException(
                $"Reading job '{id}': its state has format {FormatVersion}, this silo knows {newest}. "
                + "Run a silo of the version that wrote it.");
    }

    /// <summary>Of a deleted job the record says only that it was there: files and fences of its id may be, too.</summary>
    /// <exception cref="InvalidRequestException">Id or labels cannot be such, or a job of that id was deleted.</exception>
    internal void RequireUnused(string id, string title, TRequest request)
    {
        JobNames.Check(id);
        if (JobLabels.FaultOf((request as IScheduledRequest)?.Scheduling?.Labels) is { } fault)
            throw new InvalidRequestException($"Starting {title}: {fault}.");
        if (Request is null && Attempt > 0)
            throw new InvalidRequestException(
                $"Starting {title}: a job of that id was deleted, and ids are not used again. Choose another id.");
    }

    /// <exception cref="PgmException">There is no such step.</exception>
    internal void Become(string id, JobPhase phase, string? message, DateTimeOffset now)
    {
        if (!Phase.CanBecome(phase))
            throw new PgmException($"Job '{id}' is {JobWords.Of(Phase)} and cannot become {JobWords.Of(phase)}.");
        (Phase, Message) = (phase, message);
        if (phase == JobPhase.Running) StartedAt ??= now;
        FinishedAt = phase is JobPhase.Completed or JobPhase.Failed or JobPhase.Cancelled ? now : null;
    }

    /// <summary>Of a job that was just planned.</summary>
    internal void Begin(TRequest asked, int format, DateTimeOffset now) =>
        (FormatVersion, Asked, Phase, Attempt, CreatedAt) = (format, asked, JobPhase.Queued, 1, now);

    internal JobStatus ToStatus(string id, JobKind kind, JobProgress progress, string? message) => new()
    {
        Id = id,
        Kind = kind,
        Phase = Phase,
        Progress = progress,
        Attempt = Attempt,
        Generation = Generation,
        Message = message,
        CreatedAt = CreatedAt,
        StartedAt = StartedAt,
        FinishedAt = FinishedAt,
        Summary = Summary,
        Labels = Labels,
    };

    internal JobEvent ToEvent(JobProgress progress) =>
        new() { Phase = Phase, Progress = progress, Message = Message, Attempt = Attempt, Generation = Generation };

    internal CatalogEntry ToEntry(string id, JobKind kind) => new()
    {
        Name = id,
        JobKind = kind,
        Summary = Summary,
        CreatedAt = CreatedAt,
        MadeFrom = MadeFrom,
        AtRest = Phase.IsAtRest(),
        Owner = (Request as IScheduledRequest)?.Scheduling?.User is { Length: > 0 } user ? user : null,
        Phase = Phase.IsAtRest() ? Phase : null,
        Labels = Labels,
    };

    private IReadOnlyDictionary<string, string>? Labels =>
        (Request as IScheduledRequest)?.Scheduling?.Labels is { Count: > 0 } labels ? labels : null;
}
