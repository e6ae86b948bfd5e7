using PgmCluster.Data.Safetensors;
using PgmCluster.Modeling.Weights;
using PgmCluster.TestSupport;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Golden;

/// <summary>Reading golden files, and comparing with the tolerances of their README.</summary>
internal static class GoldenFiles
{
    public static SafetensorsFile Open(string relativePath) => SafetensorsFile.Open(GoldenData.Require(relativePath));

    /// <summary>A tensor of the file; where another directory's file lacks it, the test is skipped.</summary>
    public static Tensor Tensor(this SafetensorsFile file, string name)
    {
        GoldenData.RequireTensors(file, name);
        return WeightsFile.Read(file, name);
    }

    /// <summary>A tensor of the file on a device.</summary>
    public static Tensor On(this SafetensorsFile file, Device device, string name) => file.Tensor(name).to(device);

    /// <summary>The elements of a tensor; where another directory's file lacks it, the test is skipped.</summary>
    public static T[] Array<T>(this SafetensorsFile file, string name) where T : unmanaged
    {
        GoldenData.RequireTensors(file, name);
        return file.ReadArray<T>(name);
    }

    public static System.Text.Json.JsonElement Json(string relativePath) =>
        System.Text.Json.JsonDocument.Parse(File.ReadAllText(GoldenData.Require(relativePath))).RootElement;

    /// <summary>All elements within atol + rtol |expected|, wherever the two are.</summary>
    public static void Close(Tensor expected, Tensor actual, double atol = 5e-5, double rtol = 1e-4, string what = "")
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected.shape, actual.shape);
        var (e, a) = (expected.cpu().to_type(float64), actual.detach().cpu().to_type(float64));
        var excess = (e - a).abs() - (e.abs() * rtol + atol);
        Assert.True(a.isfinite().all().item<bool>(), $"{what}: not finite");
        Assert.True(
            excess.max().item<double>() <= 0,
            $"{what}: differs by up to {(e - a).abs().max().item<double>():g3} (largest magnitude {e.abs().max().item<double>():g3})");
    }

    public static void Equal(Tensor expected, Tensor actual, string what = "")
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected.shape, actual.shape);
        var (e, a) = (expected.cpu(), actual.cpu());
        Assert.True(e.eq(a).all().item<bool>(), $"{what}: {e.ne(a).sum().item<long>()} of {e.numel()} differ");
    }
}
