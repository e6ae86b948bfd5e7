using PgmCluster.Data.Artifacts;

namespace PgmCluster.Grains.Datasets;

/// <summary>A source that was listed.</summary>
/// <param name="Plan">The artifact of its <see cref="Data.Manifests.RegistrationPlan"/>.</param>
/// <param name="Format">How it is laid out.</param>
/// <param name="Open">At which byte of the plan each shard begins that is to be indexed.</param>
/// <param name="Facts">The dataset, where it was read at once; else null.</param>
public sealed record PlannedRegistration(ArtifactInfo Plan, string Format, IReadOnlyList<long> Open, DatasetFacts? Facts);
