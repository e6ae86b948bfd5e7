using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Cli.Tests.Fakes;

internal sealed class FakeLikelihood(FakeCluster cluster, string id) : FakeJob(cluster, id, JobKind.Likelihood), ILikelihoodJobGrain
{
    public Task<JobStatus> Start(LikelihoodRequest request) => Begin(request);

    public Task<LikelihoodScore> GetScore()
    {
        var request = (LikelihoodRequest)Request!;
        return Task.FromResult(new LikelihoodScore
        {
            BitsPerToken = 3.654321,
            StandardError = 0.0123456,
            BitsPerImage = 3.654321 * 49,
            Images = 1000,
            Tokens = 49,
            Codebook = 512,
            Remark = request.Split == "train" ? "run 'm' was trained on these images: this is no score of held-out ones" : null,
            Basis = new LikelihoodBasis
            {
                Model = Artifact("m"),
                Tokenizer = Artifact("tok"),
                Tokens = request.Tokens,
                Split = request.Split,
                SplitImages = 1000,
                TokensSha256 = new string('d', 64),
                Order = request.Order,
                Counts = [4, 45],
                UseEma = request.UseEma,
                Precision = "float32",
            },
        });
    }
}
