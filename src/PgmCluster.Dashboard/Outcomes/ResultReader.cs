using Orleans;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Pulls;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Dashboard.Access;

namespace PgmCluster.Dashboard.Outcomes;

/// <summary>What completed jobs made, for those who may look.</summary>
internal sealed class ResultReader(IGrainFactory grains, PageCaller caller)
{
    /// <summary>The result of a completed job; null where its kind has none that a page shows.</summary>
    public async Task<object?> ReadAsync(JobKind kind, string id)
    {
        await caller.RequireAsync();
        return kind switch
        {
            JobKind.Tokenization => await grains.GetGrain<ITokenizationJobGrain>(id).GetResult(),
            JobKind.Sampling => await grains.GetGrain<ISamplingJobGrain>(id).GetResult(),
            JobKind.Evaluation => await grains.GetGrain<IEvaluationJobGrain>(id).GetScores(),
            JobKind.Statistics => await grains.GetGrain<IStatisticsJobGrain>(id).GetResult(),
            JobKind.Likelihood => await grains.GetGrain<ILikelihoodJobGrain>(id).GetScore(),
            JobKind.Pull => await grains.GetGrain<IPullJobGrain>(id).GetResult(),
            _ => null,
        };
    }
}
