namespace PgmCluster.Contracts.Jobs;

/// <summary>The kinds of long work. Each has a grain interface of its own, all of them are an <see cref="IJobGrain"/>.</summary>
/// <remarks>Stored by number: a number keeps its meaning.</remarks>
public enum JobKind
{
    /// <summary>A dataset's images turned into codes.</summary>
    Tokenization = 0,
    /// <summary>A tokenizer, classifier or generative model being trained.</summary>
    Training = 1,
    /// <summary>Images drawn for classes.</summary>
    Sampling = 2,
    /// <summary>Scores of generated images.</summary>
    Evaluation = 3,
    /// <summary>Statistics of real images, for evaluations.</summary>
    Statistics = 4,
    /// <summary>Files fetched from the Hub.</summary>
    Pull = 5,
    /// <summary>A dataset's shards being read.</summary>
    Registration = 6,
    /// <summary>Bits per token of held-out images.</summary>
    Likelihood = 7,
}
