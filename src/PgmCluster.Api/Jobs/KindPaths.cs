using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Api.Jobs;

/// <summary>Where each kind of job is, behind <c>/api/v1/</c>.</summary>
internal static class KindPaths
{
    public static string Of(JobKind kind) => kind switch
    {
        JobKind.Training => "runs",
        JobKind.Evaluation => "evaluations",
        JobKind.Tokenization => "tokenizations",
        JobKind.Sampling => "samplings",
        JobKind.Statistics => "statistics",
        JobKind.Likelihood => "likelihoods",
        JobKind.Pull => "pulls",
        JobKind.Registration => "registrations",
        _ => "jobs",
    };
}
