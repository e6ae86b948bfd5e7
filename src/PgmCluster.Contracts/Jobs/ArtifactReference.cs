using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Contracts.Jobs;

/// <summary>A file of the artifact store, by content.</summary>
/// <param name="Name">Relative name, '/'-separated.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">Lower-case hex.</param>
[GenerateSerializer, Immutable, Alias("pgm.ArtifactReference")]
public sealed record ArtifactReference([property: Id(0)] string Name, [property: Id(1)] long Size, [property: Id(2)] string Sha256)
{
    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }
}
