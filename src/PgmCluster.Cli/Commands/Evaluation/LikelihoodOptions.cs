using System.CommandLine;
using PgmCluster.Cli.Commands.Jobs;
using PgmCluster.Cli.Commands.Sampling;
using PgmCluster.Cli.Errors;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Sampling;

namespace PgmCluster.Cli.Commands.Evaluation;

/// <summary><c>pgm evaluate --likelihood</c>: how probable a model finds held-out images.</summary>
internal sealed class LikelihoodOptions
{
    private static readonly LikelihoodRequest Defaults = new() { Model = "", Tokens = "" };

    private readonly Option<bool> _likelihood = new("--likelihood")
    {
        Description = "Give the bits per token of held-out images instead, exact under one order and number of steps",
    };
    private readonly Option<string> _tokens = new("--tokens")
    {
        Description = "With --likelihood: completed tokenization with the held-out images",
        HelpName = "ID",
    };
    private readonly Option<string> _split = new("--split")
    {
        Description = "With --likelihood: which of its splits",
        HelpName = "NAME",
        DefaultValueFactory = _ => Defaults.Split,
    };
    private readonly Option<string> _order = new("--order")
    {
        Description = "With --likelihood: halton (the sampler's), rolled (halton, rolled for each image) or raster (row by row)",
        HelpName = "NAME",
        DefaultValueFactory = _ => Defaults.Order,
    };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _likelihood, _tokens, _split, _order }) command.Add(option);
    }

    public bool IsAsked(Invocation invocation) => invocation.Get(_likelihood);

    /// <summary>Options that only a likelihood has.</summary>
    /// <exception cref="UsageException">One is given.</exception>
    public void Refuse(Invocation invocation)
    {
        foreach (var option in new Option[] { _tokens, _split, _order }.Where(invocation.IsGiven))
            throw new UsageException($"{option.Name} is of likelihoods. Add --likelihood, or leave {option.Name} out.");
    }

    /// <summary>Starts the job and waits for it.</summary>
    /// <param name="invocation">The command.</param>
    /// <param name="id">The job's id.</param>
    /// <param name="model">The run.</param>
    /// <param name="images">0 for all.</param>
    /// <param name="chunkSize">Images per chunk.</param>
    /// <param name="sampler">Says how cells are revealed and computed.</param>
    /// <param name="given">What the preset says of that.</param>
    /// <param name="others">Options of the command that a likelihood has no use for.</param>
    /// <param name="scheduling">How its work is queued.</param>
    /// <param name="wait">Whether to wait.</param>
    public Task<int> RunAsync(
        Invocation invocation, string id, string model, int images, int chunkSize, SamplerOptions sampler, SamplingSettings given,
        IEnumerable<Option> others, SchedulingOptions scheduling, WaitOptions wait)
    {
        foreach (var option in others.Concat(sampler.OfDraws).Where(invocation.IsGiven))
            throw new UsageException($"{option.Name} changes no likelihood: nothing is drawn or looked at. Leave it out.");
        var tokens = invocation.Get(_tokens) ?? throw new UsageException(
            "--likelihood needs the tokens of held-out images. Name them with --tokens ID; "
            + "'pgm tokenize ID --dataset NAME --tokenizer RUN --split validation' makes them.");
        var settings = sampler.Settings(invocation, given);
        return JobVerb.RunAsync(invocation, wait, id, async session =>
        {
            var job = session.Get<ILikelihoodJobGrain>(id);
            await job.Start(new LikelihoodRequest
            {
                Model = model,
                Tokens = tokens,
                Split = invocation.Get(_split)!,
                Images = images,
                Order = invocation.Get(_order)!,
                Steps = settings.Steps,
                Curve = settings.Curve,
                Seed = sampler.Seed(invocation),
                UseEma = settings.UseEma,
                Precision = settings.Precision,
                ChunkSize = chunkSize,
                BatchSize = settings.BatchSize,
                Scheduling = scheduling.Of(invocation),
            });
            return job;
        });
    }
}
