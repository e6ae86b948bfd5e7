using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Contracts.Catalog;

/// <summary>Which entries of a catalog are asked for, and how many of them at once.</summary>
[GenerateSerializer, Immutable, Alias("pgm.CatalogQuery")]
public sealed record CatalogQuery
{
    /// <summary>The most entries of one page.</summary>
    public const int MostOfAPage = 1000;

    /// <summary>Only jobs of this kind; null for all.</summary>
    [Id(0)] public JobKind? Kind { get; init; }

    /// <summary>Only jobs at rest, or only those that are not; null for both.</summary>
    [Id(1)] public bool? AtRest { get; init; }

    /// <summary>
    /// Only what came to rest this way, and what came to rest under a version that did not note how: its job knows. Null for all.
    /// </summary>
    [Id(2)] public JobPhase? Phase { get; init; }

    /// <summary>1 to <see cref="MostOfAPage"/>.</summary>
    [Id(3)] public int Limit { get; init; } = 100;

    /// <summary><see cref="CatalogPage.Next"/> of the page before; null for the first.</summary>
    [Id(4)] public string? After { get; init; }

    /// <summary>Only entries written last before this; null for all. Of a job at rest that is when it came to rest.</summary>
    [Id(5)] public DateTimeOffset? ChangedBefore { get; init; }

    /// <summary>Only jobs that are kept whatever the rules of retention say, or only others; null for both.</summary>
    [Id(6)] public bool? Kept { get; init; }

    /// <summary>
    /// Only jobs that have all these labels, each with its value; null for all. Silos of versions before give all: look at what comes
    /// (<see cref="JobLabels.Have"/>).
    /// </summary>
    [Id(7)] public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>The same for what may be in a phase: of what is not at rest the job alone knows. Null for all.</summary>
    public CatalogQuery In(JobPhase? phase) => this with
    {
        AtRest = phase is { } asked && !asked.IsAtRest() ? false : null,
        Phase = phase is { } rest && rest.IsAtRest() ? rest : null,
    };
}
