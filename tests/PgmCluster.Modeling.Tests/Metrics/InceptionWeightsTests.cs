using PgmCluster.Data;
using PgmCluster.Data.Pickles;
using PgmCluster.Data.PyTorch;
using PgmCluster.Data.PyTorch.Writing;
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
        Assert.All(
            StateDict.Of(network).Entries.Where(e => !e.Name.EndsWith("tracked", StringComparison.Ordinal)),
            e => Assert.Equal(0.5f, e.Tensor.max().item<float>()));
    }

    [Fact]
    public void Load_PyTorchFile_GivesTheSameNetwork()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5, CPU);
        var path = Write((_, tensor) => rand(tensor.shape, generator: generator));
        using var expected = InceptionWeights.Load(path);
        using var actual = InceptionWeights.Load(ToPyTorch(path));
        Assert.Equal(StateDict.Of(expected).Sha256(), StateDict.Of(actual).Sha256());
    }

    [Fact]
    public void Load_MissingAndMisshapenTensors_ListsAll()
    {
        using var scope = NewDisposeScope();
        var path = Write(
            (name, tensor) => name == "fc.bias" ? null : name == "fc.weight" ? tensor.narrow(0, 0, 1000).contiguous() : tensor);
        var e = Assert.Throws<BadInputException>(() => InceptionWeights.Load(path));
        Assert.Contains("fc.bias is missing", e.Message);
        Assert.Contains("fc.weight is [1000,2048] instead of [1008,2048]", e.Message);
    }

    [Fact]
    public void Load_UnknownFormat_IsRefusedNamingTheFile()
    {
        var path = Path.Combine(_directory, "weights.onnx");
        File.WriteAllText(path, "What is this?");
        Assert.Contains(path, Assert.Throws<BadInputException>(() => InceptionWeights.Load(path)).Message);
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

    /// <summary>The same tensors as torch.save writes a state dict.</summary>
    private static string ToPyTorch(string path)
    {
        using var file = SafetensorsFile.Open(path);
        var state = new PickleDictionary(isOrderedDict: true);
        foreach (var entry in file.Entries)
            state.Add(entry.Name, new TensorContent(entry.Type, entry.Shape, to => to.Write(file.Read(entry.Name))));
        var converted = Path.ChangeExtension(path, ".pth");
        using var stream = File.Create(converted);
        PyTorchWriter.Write(stream, state);
        return converted;
    }
}
