namespace PgmCluster.Execution.Documents;

/// <summary>Whose features are taken.</summary>
public enum EvaluationSubject
{
    /// <summary>The training split: what all others are compared with.</summary>
    Reference,

    /// <summary>Held-out real images.</summary>
    Real,

    /// <summary>The tokenizer's reconstructions of the held-out images.</summary>
    Reconstructed,

    Generated,
}
