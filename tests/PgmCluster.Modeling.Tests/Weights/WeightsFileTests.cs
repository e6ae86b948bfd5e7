using PgmCluster.Data;
using PgmCluster.Data.Checkpoints;
using PgmCluster.Data.Pickles;
using PgmCluster.Data.PyTorch;
using PgmCluster.Data.PyTorch.Writing;
using PgmCluster.Data.Safetensors;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Weights;

public sealed class WeightsFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-weights-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Load_SeveralDifferences_ListsAllAndChangesNothing()
    {
        using var layer = new LinearLayer(3, 2);
        using (no_grad()) StateDict.Of(layer)["weight"].fill_(5);
        var path = Write(new() { ["weight"] = Floats([2, 4]), ["extra.one"] = Floats([1]), ["extra.two"] = Floats([1]) });
        using var checkpoint = ReferenceCheckpoint.Open(path);

        var error = Assert.Throws<BadInputException>(() => WeightsFile.Load(StateDict.Of(layer), checkpoint.Model, path));

        Assert.Contains("weight is [2,4] instead of [2,3]", error.Message);
        Assert.Contains("bias is missing", error.Message);
        Assert.Contains("extra.one is not part of the model; extra.two is not part of the model", error.Message);
        Assert.Contains(path, error.Message);
        Assert.Equal(5f, StateDict.Of(layer)["weight"].sum().item<float>() / 6);
    }

    [Fact]
    public void Load_IntegersForFloats_IsRefused()
    {
        using var layer = new LinearLayer(1, 1);
        var path = Write(
            new() { ["weight"] = new TensorContent(TensorType.I32, [1, 1], s => s.Write(new byte[4])), ["bias"] = Floats([1]) });
        using var checkpoint = ReferenceCheckpoint.Open(path);

        Assert.Contains(
            "weight holds I32 instead of F32",
            Assert.Throws<BadInputException>(() => WeightsFile.Load(StateDict.Of(layer), checkpoint.Model, path)).Message);
    }

    [Fact]
    public void ReadInto_ViewOfALargerTensor_WritesNothingBesideIt()
    {
        using var scope = NewDisposeScope();
        var flat = full(10, -1f);
        using var checkpoint = ReferenceCheckpoint.Open(Write(new() { ["w"] = Floats([2, 2]) }));

        WeightsFile.ReadInto(flat.narrow(0, 3, 4).view(2, 2), checkpoint.Model[0]);

        Assert.Equal([-1, -1, -1, 0, 1, 2, 3, -1, -1, -1], flat.data<float>().ToArray());
    }

    [Fact]
    public void ReadInto_TransposedDestination_PutsElementsWhereTheyBelong()
    {
        using var scope = NewDisposeScope();
        var stored = zeros(2, 2);
        using var checkpoint = ReferenceCheckpoint.Open(Write(new() { ["w"] = Floats([2, 2]) }));

        WeightsFile.ReadInto(stored.t(), checkpoint.Model[0]);

        Assert.Equal([0, 2, 1, 3], stored.data<float>().ToArray());
    }

    private string Write(PickleDictionary state)
    {
        var path = Path.Combine(_directory, "state.pth");
        using var stream = File.Create(path);
        PyTorchWriter.Write(stream, state);
        return path;
    }

    private static TensorContent Floats(long[] shape) => new(
        TensorType.F32, shape,
        stream => stream.Write(
            [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).SelectMany(i => BitConverter.GetBytes((float)i))]));
}
