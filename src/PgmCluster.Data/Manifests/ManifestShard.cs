using PgmCluster.Data.Artifacts;

namespace PgmCluster.Data.Manifests;

/// <summary>A shard of a dataset.</summary>
/// <param name="Name">Unique within the dataset.</param>
/// <param name="Images">Pictures that can be read.</param>
/// <param name="Bytes">Of all its files.</param>
/// <param name="Sha256">
/// Of its file; where it has several, of their hashes one after the other. 64 lower-case hexadecimal digits.
/// </param>
/// <param name="Index">The artifact of its <see cref="Formats.IndexedShard"/>.</param>
public sealed record ManifestShard(string Name, int Images, long Bytes, string Sha256, ArtifactInfo Index);
