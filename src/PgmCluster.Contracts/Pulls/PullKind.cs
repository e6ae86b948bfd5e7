namespace PgmCluster.Contracts.Pulls;

/// <summary>What a repository of the Hub holds.</summary>
/// <remarks>Stored by number: a number keeps its meaning.</remarks>
public enum PullKind
{
    Model = 0,
    Dataset = 1,
}
