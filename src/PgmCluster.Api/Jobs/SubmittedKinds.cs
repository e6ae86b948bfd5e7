using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Pulls;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;

namespace PgmCluster.Api.Jobs;

/// <summary>The kinds that are submitted by a request of their own, by routes and by pages.</summary>
internal static class SubmittedKinds
{
    public static readonly Submitted<ITrainingRunGrain, TrainingRequest, TrainingDetails> Training = new(
        JobKind.Training, (run, request) => run.Start(request), (request, s) => request with { Scheduling = s }, run => run.GetDetails());

    public static readonly Submitted<ITokenizationJobGrain, TokenizationRequest, TokenizationResult> Tokenization = new(
        JobKind.Tokenization, (job, request) => job.Start(request), (request, s) => request with { Scheduling = s }, job => job.GetResult());

    public static readonly Submitted<ISamplingJobGrain, SamplingRequest, SamplingResult> Sampling = new(
        JobKind.Sampling, (job, request) => job.Start(request), (request, s) => request with { Scheduling = s }, job => job.GetResult());

    public static readonly Submitted<IEvaluationJobGrain, EvaluationRequest, EvaluationScores> Evaluation = new(
        JobKind.Evaluation, (job, request) => job.Start(request), (request, s) => request with { Scheduling = s }, job => job.GetScores());

    public static readonly Submitted<IStatisticsJobGrain, StatisticsRequest, ReferenceStatistics> Statistics = new(
        JobKind.Statistics, (job, request) => job.Start(request), (request, s) => request with { Scheduling = s }, job => job.GetResult());

    public static readonly Submitted<ILikelihoodJobGrain, LikelihoodRequest, LikelihoodScore> Likelihood = new(
        JobKind.Likelihood, (job, request) => job.Start(request), (request, s) => request with { Scheduling = s }, job => job.GetScore());

    public static readonly Submitted<IPullJobGrain, PullRequest, PullResult> Pull = new(
        JobKind.Pull, (job, request) => job.Start(request), (request, s) => request with { Scheduling = s }, job => job.GetResult());
}
