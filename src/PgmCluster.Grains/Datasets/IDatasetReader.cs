using PgmCluster.Contracts.Datasets;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Manifests;

namespace PgmCluster.Grains.Datasets;

/// <summary>Looks at a source of images, outside of grains' turns. Replaced in tests.</summary>
public interface IDatasetReader
{
    /// <summary>Lists a source and writes the plan of its registration; registers it at once where little is to be read.</summary>
    /// <param name="name">The dataset's.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="known">What the name has stood for; null for nothing.</param>
    /// <param name="formerPlan">The plan behind <paramref name="known"/>; null where there is none.</param>
    /// <param name="unfinished">A registration that was begun since and did not come to its end; null where there is none.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="BadInputException">The source is missing, damaged, inconsistent, or not what was asked for.</exception>
    Task<PlannedRegistration> PlanAsync(
        string name, DatasetRequest request, DatasetInfo? known, ArtifactInfo? formerPlan, UnfinishedRegistration? unfinished,
        CancellationToken cancellation);

    /// <summary>Reads a manifest.</summary>
    /// <exception cref="DataCorruptException">It is missing or has changed.</exception>
    Task<DatasetFacts> ReadAsync(ArtifactInfo manifest, CancellationToken cancellation);

    /// <summary>Writes the dataset's sheet of images.</summary>
    /// <exception cref="BadInputException">An image has gone or changed; the message names it.</exception>
    Task<ArtifactInfo> DrawAsync(DatasetInfo dataset, CancellationToken cancellation);

    /// <summary>Compares two versions of a dataset shard by shard.</summary>
    /// <returns>The former manifest, and what <see cref="EqualShards.Find"/> gives.</returns>
    /// <exception cref="DataCorruptException">A manifest or an index is missing or has changed.</exception>
    Task<(DatasetManifest Former, IReadOnlyList<int> Equal)> CompareAsync(
        ArtifactInfo former, DatasetManifest present, CancellationToken cancellation);

    /// <summary>Compares all content of a place with a record from before there were manifests.</summary>
    /// <exception cref="BadInputException">It holds something else; the message names what.</exception>
    Task RequireAsync(DatasetInfo known, string location, CancellationToken cancellation);
}
