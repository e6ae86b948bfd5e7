using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Safetensors;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Tokenization;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Metrics.Inception;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tests.Evaluation;

/// <summary>A model trained for two steps, its tokenizer, and random weights for the Inception network.</summary>
public sealed class StandInModels : IDisposable
{
    public StandInModels()
    {
        Tokenizer = Runs.Train(TestRuns.Work("tokenizer", 2, run: "tok")).Weights;
        var shard = WorkJson.Read<TokenizeShardResult>(new TokenizeShardItem(new TokenizeShardWork
        {
            Output = "tokens/0.safetensors",
            Images = TestRuns.Images(0, 64),
            Tokenizer = Tokenizer,
            BatchSize = 32,
            Threads = 1,
        }).Run(Runs.Context()));
        Model = Runs.Train(TestRuns.Work("pgm", 2, tokens: [shard.File], run: "model")).Weights;
        Inception = WriteInception();
    }

    internal TestRuns Runs { get; } = new();

    public ArtifactInfo Model { get; }

    public ArtifactInfo Tokenizer { get; }

    public ArtifactInfo Inception { get; }

    public void Dispose() => Runs.Dispose();

    /// <summary>Kernels that keep the size of what goes through them, so that images differ at the end.</summary>
    private ArtifactInfo WriteInception()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(11, CPU);
        using var network = new InceptionNetwork();
        var writer = new SafetensorsWriter();
        foreach (var (name, tensor, _) in StateDict.Of(network).Entries.Where(e => e.Tensor.dtype == ScalarType.Float32))
        {
            var values = tensor.shape.Length > 1
                ? randn(tensor.shape, generator: generator) * Math.Sqrt(2.0 * tensor.shape[0] / tensor.numel())
                : name.EndsWith("bn.weight", StringComparison.Ordinal)
                    || name.EndsWith("running_var", StringComparison.Ordinal) ? ones(tensor.shape) : zeros(tensor.shape);
            writer.Add<float>(name, tensor.shape, values.data<float>().ToArray());
        }
        return Runs.Store.Write("weights/inception.safetensors", writer.WriteTo);
    }
}
