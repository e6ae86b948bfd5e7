namespace PgmCluster.Contracts.Jobs;

/// <summary>Where something comes from.</summary>
/// <remarks>Sent by number: a number keeps its meaning.</remarks>
public enum OriginKind
{
    /// <summary>Made by a job; the name is its id.</summary>
    Job = 0,

    /// <summary>A registered dataset, by its name.</summary>
    Dataset = 1,

    /// <summary>A file that no job made, such as a checkpoint of somebody else's.</summary>
    File = 2,

    /// <summary>Outside: a directory, a repository of the Hub.</summary>
    Place = 3,
}
