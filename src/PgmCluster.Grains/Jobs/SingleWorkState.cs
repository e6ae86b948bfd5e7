using System.Text.Json.Serialization;
using PgmCluster.Grains.Jobs.Units;

namespace PgmCluster.Grains.Jobs;

/// <summary>State of a job that is one piece of work.</summary>
/// <typeparam name="TRequest">What the job was asked for.</typeparam>
[GenerateSerializer, Alias("pgm.SingleWorkState`1")]
public abstract class SingleWorkState<TRequest> : JobState<TRequest> where TRequest : class
{
    /// <summary>One.</summary>
    [Id(0)] public List<WorkPart> Parts { get; set; } = [];

    [JsonIgnore]
    internal WorkPart Part => Parts[0];
}
