using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Tests.Support;

/// <summary>Owner of a gang's work that only writes down what it is told.</summary>
public interface IGangOwnerProbe : IWorkOwner
{
    Task<WorkAssignment> Submit(string workId, long generation, int min, int max, int priority);

    Task<IReadOnlyList<WorkReport>> Reports();
}
