using PgmCluster.Grains.Sampling;

namespace PgmCluster.Silo.Tests.Storage.States;

/// <summary>What is stored since jobs have labels.</summary>
internal static class StoredLabels
{
    /// <param name="before">The samples of before.</param>
    public static IEnumerable<(string File, object State)> After(IReadOnlyList<(string File, object State)> before)
    {
        var sampling = StoredStates.CopyOf<SamplingJobState>(before, "sampling-job.3.json");
        var scheduling = StoredRequests.Scheduling with
        {
            Labels = new Dictionary<string, string> { ["project"] = "größe", ["team/part"] = "a = b" },
        };
        sampling.Request = sampling.Request! with { Scheduling = scheduling };
        yield return ("sampling-job.4.json", sampling);
    }
}
