namespace PgmCluster.Execution.Documents;

/// <summary>Whose features are taken.</summary>
/// <remarks>Stored by number: a number keeps its meaning.</remarks>
public enum EvaluationSubject
{
    /// <summary>The training split: what all others are compared with.</summary>
    Reference = 0,

    /// <summary>Held-out real images.</summary>
    Real = 1,

    /// <summary>The tokenizer's reconstructions of the held-out images.</summary>
    Reconstructed = 2,

    Generated = 3,
}
