using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Runtime;
using PgmCluster.TestSupport.Processes;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Runtime;

public class Float32ProductsTests
{
    /// <summary>Whoever multiplies: nothing is rounded to a narrower type, going forward or backward, alone or in batches.</summary>
    [Fact]
    public void Products_OfFloat32_AreExactToFloat32()
    {
        using var scope = NewDisposeScope();
        NativeRuntime.Load();
        var draws = RandomStream.Of(1, RandomPurpose.MicroBatch);
        foreach (var (rows, inner, columns) in new[] { (832, 128, 512), (1, 64, 100), (49, 33, 17), (300, 7, 5) })
        {
            var (a, b) = (draws.Normal(rows, inner), draws.Normal(columns, inner));
            IsExact(a, b.t());
            IsExact(a.t(), a);
            IsExact(draws.Normal(3, rows, inner), draws.Normal(3, inner, columns));
        }
    }

    [Fact]
    public void Load_AsChosenByProcessor_HasThatLibraryMultiply()
    {
        NativeRuntime.Load();
        Assert.Equal(Float32Products.IsFaster(NativeRuntime.CpuModel, NativeRuntime.BFloat16Instructions), Float32Products.AreByOneDnn);
    }

    /// <summary>In a library's user's program nothing else may have loaded libtorch, and the same product must not change later.</summary>
    [Fact]
    public async Task Load_FirstUseIsAModel_HasThatLibraryMultiplyFromTheStart()
    {
        using var process = ChildProcess.Start(
            [Dotnet.Program, "exec", typeof(Float32ProductsTests).Assembly.Location],
            new Dictionary<string, string?> { [FirstUse.Variable] = "model" });

        Assert.Equal(0, await process.WaitForExitAsync(TimeSpan.FromMinutes(2)));
        Assert.Equal($"{Float32Products.IsFaster(NativeRuntime.CpuModel, NativeRuntime.BFloat16Instructions)}", process.Out);
    }

    /// <summary>It would take the choice and multiply exactly, with another library: only asking tells.</summary>
    [Fact]
    public void Choose_LibtorchBuiltWithoutOneDnn_IsNotTakenForOneDnnAndNamedSo()
    {
        NativeRuntime.Load();
        Assert.False(Float32Products.Choose("x64-avx512 AuthenticAMD 26-2", "avx512-bf16", mayLack: false, isWithoutOneDnn: true));
        Assert.Equal("2.10.0+without-onednn", LibtorchVersions.Name(0x020A_0000_0000_0000, isWithoutOneDnn: true));
        // The program's own has it.
        Assert.False(Float32Products.IsWithoutOneDnn);
        Assert.Equal(LibtorchVersions.BuiltFor, NativeRuntime.LibtorchVersion);
    }

    [Theory]
    [InlineData("x64-avx512 AuthenticAMD 26-2", "avx512-bf16", true)]
    [InlineData("x64-avx512 AuthenticAMD 25-17", "avx512-bf16", true)]
    [InlineData("x64-avx512 AuthenticAMD 27-0", "amx", false)]
    [InlineData("x64-avx2 AuthenticAMD 25-1", "none", false)]
    [InlineData("x64-avx512 GenuineIntel 6-106", "none", false)]
    [InlineData("x64-avx512 GenuineIntel 6-143", "amx", false)]
    public void IsFaster_OnlyWhereOneDnnHasWiderVectorsAndRoundsNothing(string cpu, string bfloat16, bool expected) =>
        Assert.Equal(expected, Float32Products.IsFaster(cpu, bfloat16));

    private static void IsExact(Tensor a, Tensor b)
    {
        var (exactA, exactB) = (a.to_type(float64), b.to_type(float64));
        // Against the sum of the terms' sizes; with factors rounded to bfloat16 it would be 2e-3 over the root of their number.
        var error = ((exactA.matmul(exactB) - a.matmul(b).to_type(float64)).abs() / exactA.abs().matmul(exactB.abs())).max().item<double>();
        Assert.True(error < 2e-6, $"off by {error:E1} of the terms' sizes, {a.shape[^1]} terms");
    }
}
