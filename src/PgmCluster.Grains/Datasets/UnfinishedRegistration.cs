using PgmCluster.Data.Artifacts;

namespace PgmCluster.Grains.Datasets;

/// <summary>What a registration has read that did not come to its end.</summary>
/// <param name="Plan">The artifact of its <see cref="Data.Manifests.RegistrationPlan"/>.</param>
/// <param name="Made">The indexes that it made, in the order of the plan's shards that had none; null where it did not.</param>
/// <param name="HasBackground">It was asked for one, so that its indexes say which pictures are transparent.</param>
public sealed record UnfinishedRegistration(ArtifactInfo Plan, IReadOnlyList<ArtifactInfo?> Made, bool HasBackground);
