using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Api.Jobs;

/// <summary>A job.</summary>
public sealed record JobView
{
    /// <summary>The job's id.</summary>
    public required string Id { get; init; }

    /// <summary>Its kind.</summary>
    public required JobKind Kind { get; init; }

    /// <summary>Where it stands; null where that cannot be said now: see <see cref="Trouble"/>.</summary>
    public JobPhase? Phase { get; init; }

    /// <summary>One line for lists: preset and data, such as "pgm-fashion on fashion-mnist".</summary>
    public string Summary { get; init; } = "";

    /// <summary>For whom it is done; null for nobody.</summary>
    public string? Owner { get; init; }

    /// <summary>One line: the error of a failed job, what a waiting one waits for.</summary>
    public string? Message { get; init; }

    /// <summary>How far it is; null in lists for jobs at rest.</summary>
    public JobProgress? Progress { get; init; }

    /// <summary>How often it was started from a durable state; null in lists for jobs at rest.</summary>
    public int? Attempt { get; init; }

    /// <summary>When it was first submitted; UTC.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When a device took it first; UTC. Null before, and in lists for jobs at rest.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it came to rest; null while it has not; UTC.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Whether it stays whatever the rules of retention say.</summary>
    public bool Kept { get; init; }

    /// <summary>Names of what it was made from: dataset, tokenizer, tokens, model.</summary>
    public IReadOnlyList<string> MadeFrom { get; init; } = [];

    /// <summary>What it was given to be found by; null for none.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Why its record cannot be read, in one line; null where it can.</summary>
    public string? Trouble { get; init; }

    /// <summary>A job as its own record and the catalog have it.</summary>
    public static JobView Of(JobStatus status, CatalogEntry? entry) => new()
    {
        Id = status.Id,
        Kind = status.Kind,
        Phase = status.Phase,
        Summary = status.Summary,
        Owner = entry?.Owner,
        Message = status.Message,
        Progress = status.Progress,
        Attempt = status.Attempt,
        CreatedAt = status.CreatedAt,
        StartedAt = status.StartedAt,
        FinishedAt = status.FinishedAt,
        Kept = entry?.Kept ?? false,
        MadeFrom = entry?.MadeFrom ?? [],
        Labels = entry?.Labels,
    };

    /// <summary>A job as the catalog alone has it.</summary>
    public static JobView Of(CatalogEntry entry, string? trouble = null) => new()
    {
        Id = entry.Name,
        Kind = entry.JobKind ?? default,
        Phase = trouble is null ? entry.Phase : null,
        Summary = entry.Summary,
        Owner = entry.Owner,
        CreatedAt = entry.CreatedAt,
        FinishedAt = entry is { AtRest: true, Phase: not null } ? entry.ChangedAt : null,
        Kept = entry.Kept,
        MadeFrom = entry.MadeFrom,
        Labels = entry.Labels,
        Trouble = trouble,
    };
}
