namespace PgmCluster.Contracts.Jobs;

/// <summary>The kinds of long work. Each has a grain interface of its own, all of them are an <see cref="IJobGrain"/>.</summary>
/// <remarks>Stored by number: a number keeps its meaning.</remarks>
public enum JobKind
{
    Tokenization = 0,
    Training = 1,
    Sampling = 2,
    Evaluation = 3,
    Statistics = 4,
    Pull = 5,
    Registration = 6,
    Likelihood = 7,
}
