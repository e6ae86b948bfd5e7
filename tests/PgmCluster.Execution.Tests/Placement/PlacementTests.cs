using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Evaluation;
using PgmCluster.Execution.Likelihood;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Sampling;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Tests.Evaluation;
using PgmCluster.Execution.Tokenization;
using PgmCluster.Execution.Training;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Likelihood;
using PgmCluster.Modeling.Masking;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Runtime;
using PgmCluster.Modeling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tests.Placement;

/// <summary>
/// Every tensor is where its device says, proven without a GPU: everything runs on libtorch's device without memory, made strict. Shapes
/// and devices are real there, values are not.
/// </summary>
[Collection(nameof(AloneOnMeta))]
public sealed class PlacementTests(StandInModels models) : IClassFixture<StandInModels>
{
    public static TheoryData<string> Kinds => new(ModelKinds.All.Select(k => k.Name));

    public static TheoryData<string, RevealMethod, bool, double> Samplers
    {
        get
        {
            var all = new TheoryData<string, RevealMethod, bool, double>();
            foreach (var kind in ModelKinds.All.Where(k => k.NeedsTokens))
            {
                foreach (var method in Enum.GetValues<RevealMethod>())
                {
                    foreach (var compat in new[] { false, true })
                    {
                        foreach (var guidance in new[] { 0.0, 2.0 }) all.Add(kind.Name, method, compat, guidance);
                    }
                }
            }
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void TrainingStep_EveryKind_EverythingIsOnItsDevice(string kind)
    {
        using var training = new MetaTraining(kind);
        var steps = 2;

        var violations = StrictMeta.Violations(() =>
        {
            for (var i = 0; i < steps; i++) training.Step.Run();
            training.Step.Validate();
        });

        Assert.Empty(violations);
        Assert.Equal(steps, training.State.Step);
        foreach (var (name, tensor) in training.Everything())
            Assert.True(tensor.device_type == DeviceType.META, $"{name} is on {tensor.device}");
    }

    /// <summary>
    /// All that a step reads from its device, by the member that reads. A GPU computes nothing while the host waits, so nothing may join
    /// this list without a reason.
    /// </summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void TrainingStep_EveryKind_ReadsFromItsDeviceOnlyWhatIsListed(string kind)
    {
        using var training = new MetaTraining(kind);
        // Losses and the gradient's norm, together, at the step's end.
        var expected = new Dictionary<string, long> { ["TrainingStep.Check"] = 1 };
        if (training.Specification.Training.CodeRestartSteps > 0) expected["TokenizerKind.RestartUnusedCodes"] = 1;

        var reads = ReadsOf(() => Assert.Empty(StrictMeta.Violations(() => training.Step.Run())));

        Assert.Equal(expected.OrderBy(e => e.Key, StringComparer.Ordinal), reads.OrderBy(e => e.Key, StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Samplers))]
    public void Sample_EverySampler_EverythingIsOnItsDevice_NothingIsRead(string kind, RevealMethod method, bool compat, double guidance)
    {
        var specification = SpecificationJson.Parse(TestRuns.Work(kind, 1).Specification);
        using var scope = NewDisposeScope();
        using var module = ModelKinds.Get(kind).CreateModel(specification, ComputeDevice.Meta.Torch);
        var settings = new TokenSamplerSettings
        {
            Sampler = method,
            Steps = 5,
            Guidance = guidance,
            CompatReference = compat,
            TopK = 7,
            RandomizeOrder = true,
        };
        var sampler = new TokenSampler(ModelFiles.AsTokenModel(module), settings, specification.Data.Height, specification.Data.Width);
        var labels = tensor(new long[] { 1, 2, 3 }, device: ComputeDevice.Meta.Torch);
        Tensor codes = null!;
        IReadOnlyList<string> violations = [];

        var reads = ReadsOf(
            () => violations = StrictMeta.Violations(
                () => codes = sampler.Sample(labels, new SamplerDraws(RandomStream.Of(3, RandomPurpose.Sampling), labels.device))));

        Assert.Empty(violations);
        Assert.Empty(reads);
        Assert.Equal(DeviceType.META, codes.device_type);
        Assert.Equal([3, 7, 7], codes.shape);
    }

    public static TheoryData<string, TokenOrder> Likelihoods
    {
        get
        {
            var all = new TheoryData<string, TokenOrder>();
            foreach (var kind in ModelKinds.All.Where(k => k.NeedsTokens))
            {
                foreach (var order in new[] { TokenOrder.Halton, TokenOrder.Rolled }) all.Add(kind.Name, order);
            }
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Likelihoods))]
    public void Likelihood_EveryKind_EverythingIsOnItsDevice_NothingIsRead(string kind, TokenOrder order)
    {
        var specification = SpecificationJson.Parse(TestRuns.Work(kind, 1).Specification);
        using var scope = NewDisposeScope();
        using var module = ModelKinds.Get(kind).CreateModel(specification, ComputeDevice.Meta.Torch);
        var plan = new RevealPlan(order, 5, MaskingSchedule.Arccos, specification.Data.Height, specification.Data.Width);
        var labels = tensor(new long[] { 1, 2, 3 }, device: ComputeDevice.Meta.Torch);
        var codes = zeros([3, plan.Tokens], dtype: int64, device: ComputeDevice.Meta.Torch);
        Tensor nats = null!;
        IReadOnlyList<string> violations = [];

        var reads = ReadsOf(() => violations = StrictMeta.Violations(
            () => nats = TokenLikelihood.Of(ModelFiles.AsTokenModel(module), codes, labels, plan, [4, 0, 48])));

        Assert.Empty(violations);
        Assert.Empty(reads);
        Assert.Equal(DeviceType.META, nats.device_type);
        Assert.Equal([3], nats.shape);
    }

    [Fact]
    public void WorkItems_TokenizeSampleEvaluate_EverythingIsOnTheirDevice()
    {
        var context = models.Runs.Context(device: ComputeDevice.Meta);
        var classifier = models.Runs.Train(TestRuns.Work("classifier", 1, run: "placement-classifier")).Weights;
        var settings = new SamplerSettings { Steps = 3, BatchSize = 2, Threads = 1 };
        EvaluateChunkWork Evaluated(EvaluationSubject subject) => new()
        {
            Output = $"placement/{subject}.safetensors",
            Subject = subject,
            Tokenizer = models.Tokenizer,
            Model = models.Model,
            Images = subject == EvaluationSubject.Generated ? null : TestRuns.Images(0, 2),
            Labels = subject == EvaluationSubject.Generated ? [1, 2] : [],
            Settings = settings,
        };
        IWorkItem[] items =
        [
            new TokenizeShardItem(
                new TokenizeShardWork { Output = "placement/tokens.safetensors", Images = TestRuns.Images(0, 4),
                    Tokenizer = models.Tokenizer, BatchSize = 2, Threads = 1 }),
            new SampleChunkItem(
                new SampleChunkWork { OutputPrefix = "placement/", FirstIndex = 0, Model = models.Model, Tokenizer = models.Tokenizer,
                    Labels = [1, 2, 3], Seed = 1, Settings = settings }),
            new EvaluateChunkItem(Evaluated(EvaluationSubject.Reconstructed) with { Classifier = classifier }),
            new EvaluateChunkItem(Evaluated(EvaluationSubject.Generated) with { Inception = models.Inception }),
            new LikelihoodChunkItem(
                new LikelihoodChunkWork { Model = models.Model, Tokenizer = models.Tokenizer, Shards = [models.Runs.Tokens(4)],
                    Sample = new EvenSample(4, 3), Count = 3, Order = TokenOrder.Rolled, Steps = 3, Curve = MaskingSchedule.Arccos,
                    BatchSize = 2, Threads = 1 }),
        ];

        Assert.Empty(StrictMeta.Violations(() =>
        {
            foreach (var item in items) item.Run(context);
        }));
    }

    private static Dictionary<string, long> ReadsOf(Action action)
    {
        var reads = new Dictionary<string, long>();
        void Count(string reader)
        {
            lock (reads) reads[reader] = reads.GetValueOrDefault(reader) + 1;
        }
        HostRead.Happened += Count;
        try
        {
            action();
        }
        finally
        {
            HostRead.Happened -= Count;
        }
        return reads;
    }
}
