using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Training;

namespace PgmCluster.Grains.Tests.Support;

/// <summary>Takes every file but "imports/other-*" as the run's.</summary>
public sealed class FakeStartingWeights : IStartingWeights
{
    public void Require(ArtifactInfo file, string? weights, ResolvedSpecification specification)
    {
        if (file.Name.StartsWith("imports/other-", StringComparison.Ordinal))
            throw new BadInputException($"{file.Name} ({weights ?? "usual"}) does not fit a {specification.Kind}.");
    }
}
