// Trains a partition generative model on made-up grids of tokens, saves it, loads it and draws from it. No silo, no files but the weights.
using PgmCluster.Data.Safetensors;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Masking;
using PgmCluster.Modeling.Optimization;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Runtime;
using PgmCluster.Modeling.Sampling;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

NativeRuntime.PrepareDeviceThread(threads: 1, lowerPriority: false); // loads libtorch, and chooses who multiplies
var path = args.FirstOrDefault() ?? "weights.safetensors";
const int side = 4, batch = 16, steps = 1000;
var settings = new PartitionTransformerSettings
{
    Codebook = 16,
    Tokens = side * side,
    Classes = 2,
    Hidden = 32,
    Heads = 2,
    EncoderBlocks = 1,
    DecoderBlocks = 1,
    Dropout = 0,
};

using var model = new PartitionTransformer(settings, seed: 1);
using var parameters = new FlatParameters(StateDict.Of(model));
using var optimizer = new AdamW(parameters, new AdamWSettings());
float first = 0, last = 0;
for (var step = 0; step < steps; step++)
{
    using var scope = NewDisposeScope();
    var draws = RandomStream.Of(seed: 1, RandomPurpose.MicroBatch, step); // a pure function of what it is for: nothing to save
    var labels = (draws.Uniform(CPU, batch) * settings.Classes).to_type(int64);
    var codes = arange(settings.Tokens, dtype: int64) % side + labels.unsqueeze(1) * side; // every row of class c: 4c, 4c + 1, 4c + 2, 4c + 3
    var tokens = cat([full([batch, 1], settings.BosId, dtype: int64), codes], 1);
    var groups = PartitionGroups.Draw(MaskingSchedule.Linear.MaskRatio(draws.Uniform(CPU, batch, 1)), settings, draws);
    var dropped = draws.Uniform(CPU, batch).lt(0.1);
    parameters.Gradients.zero_();
    var loss = model.Loss(tokens, groups, labels, dropped);
    loss.backward();
    optimizer.Step(step, learningRate: 0.002);
    last = loss.item<float>();
    if (step == 0) first = last;
}
WeightsFile.Save(StateDict.Of(model), path);

using var loaded = new PartitionTransformer(settings, seed: null);
using (var file = SafetensorsFile.Open(path)) WeightsFile.Load(StateDict.Of(loaded), file);
var sampler = new TokenSampler(new PartitionTokenModel(loaded), new TokenSamplerSettings { Steps = 8, TopK = 1 }, side, side);
using var drawn = sampler.Sample(tensor(new long[] { 0, 1 }), new SamplerDraws(RandomStream.Of(1, RandomPurpose.Sampling), CPU));
Console.WriteLine(
    $"loss {first:F3} -> {last:F3}; rows drawn for classes 0 and 1: {string.Join(' ', drawn.narrow(1, 0, 1).flatten().data<long>())}");
