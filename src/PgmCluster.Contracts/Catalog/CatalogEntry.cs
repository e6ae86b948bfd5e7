using System.Text.Json.Serialization;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Catalog;

/// <summary>One name of a catalog.</summary>
[GenerateSerializer, Immutable, Alias("pgm.CatalogEntry")]
public sealed record CatalogEntry
{
    /// <summary>The name, unique in its catalog.</summary>
    [Id(0)] public required string Name { get; init; }

    /// <summary>Set in the catalog of jobs: tells which grain interface the name belongs to.</summary>
    [Id(1)] public JobKind? JobKind { get; init; }

    /// <summary>One line for lists.</summary>
    [Id(2)] public string Summary { get; init; } = "";

    /// <summary>When the name was first taken; UTC.</summary>
    [Id(3)] public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Names of what this was made from: dataset, tokenizer, tokens, model.</summary>
    [Id(4)] public IReadOnlyList<string> MadeFrom { get; init; } = [];

    /// <summary>False while the job has still to be woken after a restart of the cluster.</summary>
    [Id(5)] public bool AtRest { get; init; }

    /// <summary>For whom a job is done; null where nobody was named.</summary>
    [Id(6), JsonIgnore] public string? Owner { get; init; }

    /// <summary>How a job came to rest; null while it is not at rest, and where an older version wrote the entry.</summary>
    [Id(7), JsonIgnore] public JobPhase? Phase { get; init; }

    /// <summary>When the entry was written last.</summary>
    [Id(8), JsonIgnore] public DateTimeOffset ChangedAt { get; init; }

    /// <summary>Why a job that is not at rest cannot be woken, in one line; null where it can.</summary>
    [Id(9), JsonIgnore] public string? Trouble { get; init; }

    /// <summary>Whether a job stays whatever the rules of retention say, and is not deleted before that is taken back.</summary>
    [Id(10), JsonIgnore] public bool Kept { get; init; }

    /// <summary>A job's labels; null for none.</summary>
    [Id(11), JsonIgnore] public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}
