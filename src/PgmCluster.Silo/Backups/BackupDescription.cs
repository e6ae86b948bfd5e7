using System.Text.Json;
using System.Text.Json.Serialization;

namespace PgmCluster.Silo.Backups;

/// <summary>What a backup says of itself (<c>backup.json</c>).</summary>
internal sealed record BackupDescription
{
    public const int NewestFormat = 1;

    public static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    };

    public required int Format { get; init; }

    /// <summary>Version of the program that made it.</summary>
    public required string Program { get; init; }

    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>Of the cluster.</summary>
    public required string ServiceId { get; init; }

    /// <inheritdoc cref="ServiceId"/>
    public required string ClusterId { get; init; }

    /// <summary>What marks the cluster's artifact store.</summary>
    public required string ArtifactId { get; init; }

    /// <summary>Of <c>state.db</c>.</summary>
    public required string StateSha256 { get; init; }

    /// <summary>Of <c>artifacts.jsonl</c>.</summary>
    public required string ArtifactsSha256 { get; init; }

    /// <summary>Whether the artifacts themselves are in it, too.</summary>
    public required bool HasFiles { get; init; }
}
