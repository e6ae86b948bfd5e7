namespace PgmCluster.Contracts.Jobs;

/// <summary>The kinds of long work. Each has a grain interface of its own, all of them are an <see cref="IJobGrain"/>.</summary>
public enum JobKind
{
    Tokenization,
    Training,
    Sampling,
    Evaluation,
    Statistics,
}
