using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.Contracts.Evaluation;

namespace PgmCluster.Cli.Tests.Commands;

/// <summary><c>pgm evaluate --likelihood</c> against a cluster in memory.</summary>
public sealed class LikelihoodCommandTests : IDisposable
{
    private static readonly string[] Command = ["evaluate", "bits", "--likelihood", "--model", "m", "--tokens", "t"];

    private readonly TemporaryDirectory _directory = new();
    private readonly FakeCluster _cluster = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Likelihood_Completed_ShowsBitsWithTheirErrorAndWhatAGuessCosts()
    {
        var run = await Run(Command);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("3.654 +- 0.01235 (a uniform guess: 9)", run.Out);
        Assert.Contains("1000 of 1000 of t (validation, dddddddd), 49 tokens each", run.Out);
        Assert.Contains("halton order, 2 steps", run.Out);
        Assert.DoesNotContain("trained on these images", run.Out);
        var result = (await Run([.. Command, "--json"])).Json.GetProperty("result");
        Assert.Equal(3.654321, result.GetProperty("bitsPerToken").GetDouble());
        Assert.Equal(0.0123456, result.GetProperty("standardError").GetDouble());
    }

    [Fact]
    public async Task Likelihood_OfTheTrainingSplit_SaysThatItIsNone()
    {
        Assert.Contains("this is no score of held-out ones.", (await Run([.. Command, "--split", "train"])).Out);
    }

    [Fact]
    public async Task Likelihood_OptionsGiven_AreAskedFor()
    {
        await Run([.. Command, "--images", "77", "--order", "rolled", "--seed", "5", "--steps", "8", "--curve", "linear", "--no-ema",
            "--precision", "bfloat16", "--batch-size", "9", "--chunk-size", "10"]);

        Assert.Equal(
            new LikelihoodRequest
            {
                Model = "m",
                Tokens = "t",
                Images = 77,
                Order = "rolled",
                Seed = 5,
                Steps = 8,
                Curve = "linear",
                UseEma = false,
                Precision = "bfloat16",
                BatchSize = 9,
                ChunkSize = 10,
            },
            _cluster.Request<LikelihoodRequest>("bits") with { Scheduling = null });
    }

    [Fact]
    public async Task Likelihood_WithAPreset_TakesItsStepsAndAllImages()
    {
        await Run([.. Command, "--preset", "pgm-12-12-halton"]);

        var request = _cluster.Request<LikelihoodRequest>("bits");
        Assert.Equal((0, 32, "validation"), (request.Images, request.Steps, request.Split));
    }

    [Theory]
    [InlineData("--guidance", "2")]
    [InlineData("--sampler", "confidence")]
    [InlineData("--classifier", "c")]
    [InlineData("--inception", "file")]
    public async Task Likelihood_OptionThatChangesNone_IsRefusedInOneLine(string option, string value)
    {
        var run = await Run([.. Command, option, value]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"{option} changes no likelihood: nothing is drawn or looked at. Leave it out.", run.Error);
        Assert.Empty(_cluster.Log);
    }

    [Fact]
    public async Task Likelihood_WithoutTokens_SaysHowToMakeThem()
    {
        var run = await Run("evaluate", "bits", "--likelihood", "--model", "m");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--split validation' makes them.", run.Error);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Evaluate_WithALikelihoodsOption_IsRefused()
    {
        var run = await Run("evaluate", "e", "--model", "m", "--classifier", "c", "--tokens", "t");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--tokens is of likelihoods. Add --likelihood, or leave --tokens out.", run.Error);
    }

    private Task<CliRun> Run(params string[] args) => CliRun.Of(_cluster, [.. args, "--home", _directory["home"]]);
}
