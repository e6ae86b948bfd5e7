using PgmCluster.Modeling.Runtime;

namespace PgmCluster.Modeling.Tests.Runtime;

public class KernelVariablesTests
{
    /// <summary>Bits made under such a variable are others, so the device must not pass for one of the same kind without it.</summary>
    [Fact]
    public void Suffix_OfVariablesThatChooseKernels_NamesThemInOneOrder()
    {
        var set = new Dictionary<string, string> { ["MKL_CBWR"] = " AVX2 ", ["ONEDNN_MAX_CPU_ISA"] = "AVX2", ["ATEN_CPU_CAPABILITY"] = "" };
        Assert.Equal(" ONEDNN_MAX_CPU_ISA=AVX2 MKL_CBWR=AVX2", KernelVariables.Suffix(set.GetValueOrDefault));
        Assert.Equal("", KernelVariables.Suffix(_ => null));
    }

    [Fact]
    public void CpuModel_EndsWithWhatThisProcessHasSet() =>
        Assert.EndsWith(KernelVariables.Suffix(Environment.GetEnvironmentVariable), NativeRuntime.CpuModel, StringComparison.Ordinal);
}
