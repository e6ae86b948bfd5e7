using System.Text.Json.Serialization;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.State;

namespace PgmCluster.Grains.Datasets;

/// <summary>State of a dataset grain.</summary>
[GenerateSerializer, Alias("pgm.DatasetState")]
public sealed class DatasetState
{
    [Id(0)] public int FormatVersion { get; set; } = 1;

    /// <summary>Null before the first registration.</summary>
    [Id(1)] public DatasetInfo? Info { get; set; }

    /// <summary>The plan behind <see cref="Info"/>'s manifest: which files were read when. Null where there is none.</summary>
    [Id(2)] public ArtifactReference? Plan { get; set; }

    /// <summary>The registration that is to make the next manifest; null where none was begun, or it was taken.</summary>
    [Id(3)] public string? Job { get; set; }

    /// <summary>What that job was asked for.</summary>
    [Id(4)] public RegistrationRequest? Asked { get; set; }

    /// <summary>Registrations by jobs so far: each has an id of its own.</summary>
    [Id(5)] public int Jobs { get; set; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; set; }
}
