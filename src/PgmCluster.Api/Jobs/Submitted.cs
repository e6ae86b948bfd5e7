using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Api.Jobs;

/// <summary>A kind of job that is submitted by a request of its own.</summary>
/// <typeparam name="TGrain">The job's grain.</typeparam>
/// <typeparam name="TRequest">What is asked for.</typeparam>
/// <typeparam name="TResult">What comes of it.</typeparam>
/// <param name="Kind">The kind.</param>
/// <param name="Start">Starts one.</param>
/// <param name="Queued">The request with who it is for.</param>
/// <param name="Result">What a completed one made.</param>
internal sealed record Submitted<TGrain, TRequest, TResult>(
    JobKind Kind, Func<TGrain, TRequest, Task<JobStatus>> Start, Func<TRequest, Scheduling, TRequest> Queued,
    Func<TGrain, Task<TResult>> Result)
    where TGrain : IJobGrain
    where TRequest : class, IScheduledRequest;
