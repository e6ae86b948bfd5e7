namespace PgmCluster.Contracts.Pulls;

/// <summary>What a repository of the Hub holds.</summary>
/// <remarks>Stored by number: a number keeps its meaning.</remarks>
public enum PullKind
{
    /// <summary>Weights and settings of a model.</summary>
    Model = 0,
    /// <summary>Images, tables or archives.</summary>
    Dataset = 1,
}
