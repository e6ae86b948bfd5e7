using System.CommandLine;
using PgmCluster.Contracts.Sampling;

namespace PgmCluster.Cli.Commands.Sampling;

/// <summary>How tokens are drawn: the same options for samples and for evaluations.</summary>
internal sealed class SamplerOptions
{
    private static readonly SamplingSettings Defaults = new();

    private readonly Option<long> _seed = new("--seed")
    {
        Description = "Decides every draw",
        HelpName = "N",
        DefaultValueFactory = _ => 0,
    };
    private readonly Option<string> _sampler = new("--sampler")
    {
        Description = "halton (a fixed order of positions) or confidence (the surest first)",
        HelpName = "NAME",
        DefaultValueFactory = _ => Defaults.Sampler,
    };
    private readonly Option<int> _steps = new("--steps")
    {
        Description = "Steps in which the tokens are revealed",
        HelpName = "N",
        DefaultValueFactory = _ => Defaults.Steps,
    };
    private readonly Option<double> _guidance = new("--guidance")
    {
        Description = "Classifier-free guidance weight w: (1+w) conditional - w unconditional",
        HelpName = "W",
        DefaultValueFactory = _ => Defaults.Guidance,
    };

    private readonly Option<string> _schedule = new("--guidance-schedule")
    {
        Description = "linear (w grows over the steps), constant, or auto: as the public code",
        HelpName = "NAME",
        DefaultValueFactory = _ => Defaults.GuidanceSchedule,
    };

    private readonly Option<double> _scale = new("--logit-scale")
    {
        Description = "Factor on the logits before the softmax",
        HelpName = "X",
        DefaultValueFactory = _ => Defaults.LogitScale,
    };
    private readonly Option<double?> _scaleEnd = new("--logit-scale-end")
    {
        Description = "Factor on the logits in the last step, reached linearly. Default: --logit-scale",
        HelpName = "X",
    };
    private readonly Option<int> _warmUp = new("--warm-up")
    {
        Description = "In so many first steps the factor is halved",
        HelpName = "N",
        DefaultValueFactory = _ => Defaults.WarmUpSteps,
    };
    private readonly Option<int> _topK = new("--top-k")
    {
        Description = "Draw among the K most likely codes only; 0 for all",
        HelpName = "K",
        DefaultValueFactory = _ => Defaults.TopK,
    };
    private readonly Option<string> _curve = new("--curve")
    {
        Description = "Confidence: share of known tokens over the steps: arccos, cosine, linear, root or square",
        HelpName = "NAME",
        DefaultValueFactory = _ => Defaults.Curve,
    };

    private readonly Option<double> _noise = new("--confidence-noise")
    {
        Description = "Confidence: Gumbel noise in the first step",
        HelpName = "X",
        DefaultValueFactory = _ => Defaults.ConfidenceNoise,
    };
    private readonly Option<string> _precision = new("--precision")
    {
        Description = "Type of the model's products: float32 or bfloat16",
        HelpName = "NAME",
        DefaultValueFactory = _ => Defaults.Precision,
    };
    private readonly Option<bool> _compat = new("--compat-reference")
    {
        Description = "Do as the public code's samplers do, quirks "
        + "included"
    };
    private readonly Option<bool> _randomize = new("--randomize-order") { Description = "Roll the Halton order for each image" };
    private readonly Option<bool> _raw = new("--no-ema") { Description = "Use the raw weights where averaged ones (EMA) exist" };
    private readonly Option<int> _batch = new("--batch-size")
    {
        Description = "Images per forward pass",
        HelpName = "N",
        DefaultValueFactory = _ => Defaults.BatchSize,
    };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _seed, _sampler, _steps, _guidance, _schedule, _scale, _scaleEnd, _warmUp, _topK, _curve,
            _noise, _precision, _compat, _randomize, _raw, _batch })
            command.Add(option);
    }

    /// <summary>Those that change only what is drawn, not in how many steps, of which size, or how it is computed.</summary>
    public IReadOnlyList<Option> OfDraws =>
        [_sampler, _guidance, _schedule, _scale, _scaleEnd, _warmUp, _topK, _noise, _compat, _randomize];

    public long Seed(Invocation invocation) => invocation.Get(_seed);

    /// <summary>The settings: what stands on the command line, and for the rest what is given here.</summary>
    public SamplingSettings Settings(Invocation invocation, SamplingSettings? otherwise = null)
    {
        var given = otherwise ?? Defaults;
        return given with
        {
            Sampler = invocation.Get(_sampler, given.Sampler)!,
            Steps = invocation.Get(_steps, given.Steps),
            Guidance = invocation.Get(_guidance, given.Guidance),
            GuidanceSchedule = invocation.Get(_schedule, given.GuidanceSchedule)!,
            LogitScale = invocation.Get(_scale, given.LogitScale),
            LogitScaleEnd = invocation.Get(_scaleEnd, given.LogitScaleEnd),
            WarmUpSteps = invocation.Get(_warmUp, given.WarmUpSteps),
            TopK = invocation.Get(_topK, given.TopK),
            Curve = invocation.Get(_curve, given.Curve)!,
            ConfidenceNoise = invocation.Get(_noise, given.ConfidenceNoise),
            Precision = invocation.Get(_precision, given.Precision)!,
            CompatReference = invocation.Get(_compat, given.CompatReference),
            RandomizeOrder = invocation.Get(_randomize, given.RandomizeOrder),
            BatchSize = invocation.Get(_batch, given.BatchSize),
            UseEma = !invocation.Get(_raw, !given.UseEma),
        };
    }
}
