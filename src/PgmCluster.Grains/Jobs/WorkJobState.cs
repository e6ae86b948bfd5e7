namespace PgmCluster.Grains.Jobs;

/// <summary>State of a job whose parts are done by devices.</summary>
/// <typeparam name="TRequest">What the job was asked for.</typeparam>
[GenerateSerializer]
public abstract class WorkJobState<TRequest> : JobState<TRequest> where TRequest : class
{
    [Id(0)] public List<WorkPart> Parts { get; set; } = [];
}
