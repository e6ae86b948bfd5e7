using System.CommandLine;
using PgmCluster.Contracts.Sampling;

namespace PgmCluster.Cli.Commands;

/// <summary>How tokens are drawn: the same options for samples and for evaluations.</summary>
internal sealed class SamplerOptions
{
    private static readonly SamplingSettings Defaults = new();

    private readonly Option<long> _seed = new("--seed") { Description = "Decides every draw", HelpName = "N", DefaultValueFactory = _ => 0 };
    private readonly Option<string> _sampler = new("--sampler") { Description = "Sampler: halton", HelpName = "NAME", DefaultValueFactory = _ => Defaults.Sampler };
    private readonly Option<int> _steps = new("--steps") { Description = "Steps in which the tokens are revealed", HelpName = "N", DefaultValueFactory = _ => Defaults.Steps };
    private readonly Option<double> _guidance = new("--guidance")
    {
        Description = "Classifier-free guidance weight w: (1+w) conditional - w unconditional",
        HelpName = "W",
        DefaultValueFactory = _ => Defaults.Guidance,
    };

    private readonly Option<string> _schedule = new("--guidance-schedule")
    {
        Description = "linear (w grows over the steps) or constant",
        HelpName = "NAME",
        DefaultValueFactory = _ => Defaults.GuidanceSchedule,
    };

    private readonly Option<double> _scale = new("--logit-scale") { Description = "Factor on the logits before the softmax", HelpName = "X", DefaultValueFactory = _ => Defaults.LogitScale };
    private readonly Option<bool> _randomize = new("--randomize-order") { Description = "Roll the Halton order for each image" };
    private readonly Option<bool> _raw = new("--no-ema") { Description = "Use the raw weights where averaged ones (EMA) exist" };
    private readonly Option<int> _batch = new("--batch-size") { Description = "Images per forward pass", HelpName = "N", DefaultValueFactory = _ => Defaults.BatchSize };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _seed, _sampler, _steps, _guidance, _schedule, _scale, _randomize, _raw, _batch }) command.Add(option);
    }

    public long Seed(Invocation invocation) => invocation.Get(_seed);

    public SamplingSettings Settings(Invocation invocation) => new()
    {
        Sampler = invocation.Get(_sampler)!,
        Steps = invocation.Get(_steps),
        Guidance = invocation.Get(_guidance),
        GuidanceSchedule = invocation.Get(_schedule)!,
        LogitScale = invocation.Get(_scale),
        RandomizeOrder = invocation.Get(_randomize),
        BatchSize = invocation.Get(_batch),
        UseEma = !invocation.Get(_raw),
    };
}
