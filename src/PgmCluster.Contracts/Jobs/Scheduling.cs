using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Jobs;

/// <summary>How a job's work is queued, and by what it is found. Changes no result.</summary>
[GenerateSerializer, Immutable, Alias("pgm.Scheduling")]
public sealed record Scheduling
{
    /// <summary>Higher goes first, and may take devices from lower.</summary>
    [Id(0)] public int Priority { get; init; }

    /// <summary>For whom it is done; devices are shared fairly between users.</summary>
    [Id(1)] public string User { get; init; } = "";

    /// <summary>
    /// Words by which the job is found among others (<see cref="Catalog.CatalogQuery.Labels"/>), such as "project" = "shoes"; null for
    /// none. Given when it is first started; <see cref="Catalog.JobLabels"/> says what they may be. Silos of versions before forget them.
    /// </summary>
    [Id(2)] public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}
