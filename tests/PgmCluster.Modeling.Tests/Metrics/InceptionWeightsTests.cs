using PgmCluster.Data;
using PgmCluster.Data.Safetensors;
using PgmCluster.Modeling.Metrics.Inception;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Metrics;

public sealed class InceptionWeightsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-inception-").FullName;

    [Fact]
    public void Load_FileWithoutStepCounters_FillsTheNetwork()
    {
        using var scope = NewDisposeScope();
        var path = Write((_, tensor) => full_like(tensor, 0.5));
        using var network = InceptionWeights.Load(path);
        Assert.All(StateDict.Of(network).Entries.Where(e => !e.Name.EndsWith("tracked", StringComparison.Ordinal)), e => Assert.Equal(0.5f, e.Tensor.max().item<float>()));
    }

    [Fact]
    public void Load_MissingAndMisshapenTensors_ListsAll()
    {
        using var scope = NewDisposeScope();
        var path = Write((name, tensor) => name == "fc.bias" ? null : name == "fc.weight" ? tensor.narrow(0, 0, 1000).contiguous() : tensor);
        var e = Assert.Throws<BadInputException>(() => InceptionWeights.Load(path));
        Assert.Contains("fc.bias is missing", e.Message);
        Assert.Contains("fc.weight is [1000,2048] instead of [1008,2048]", e.Message);
    }

    [Fact]
    public void Load_UnknownFormat_SaysHowToConvert()
    {
        var path = Path.Combine(_directory, "weights.onnx");
        File.WriteAllText(path, "?");
        Assert.Contains("Convert it", Assert.Throws<BadInputException>(() => InceptionWeights.Load(path)).Message);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string Write(Func<string, Tensor, Tensor?> change)
    {
        using var network = new InceptionNetwork();
        var path = Path.Combine(_directory, "inception.safetensors");
        var writer = new SafetensorsWriter();
        foreach (var (name, tensor, _) in StateDict.Of(network).Entries.Where(e => !e.Name.EndsWith("tracked", StringComparison.Ordinal)))
        {
            if (change(name, tensor.detach()) is { } changed) writer.Add<float>(name, changed.shape, changed.data<float>().ToArray());
        }
        using var stream = File.Create(path);
        writer.WriteTo(stream);
        return path;
    }
}
