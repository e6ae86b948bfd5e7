namespace PgmCluster.Modeling.Runtime;

/// <summary>
/// Variables of the environment by which libtorch, oneDNN and MKL choose their kernels against what the processor has. Where one is set the
/// bits are others, so the numerics fingerprint names it.
/// </summary>
internal static class KernelVariables
{
    private static readonly string[] Names =
    [
        "ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "ONEDNN_CPU_ISA_HINTS", "DNNL_CPU_ISA_HINTS",
        "ONEDNN_DEFAULT_FPMATH_MODE", "DNNL_DEFAULT_FPMATH_MODE", "MKL_CBWR", "MKL_ENABLE_INSTRUCTIONS",
    ];

    /// <summary>" NAME=VALUE" of each that is set, in an order that never changes; empty where none is.</summary>
    /// <param name="value">The value of a variable; null or empty where it is not set.</param>
    public static string Suffix(Func<string, string?> value) =>
        string.Concat(Names.Where(name => !string.IsNullOrWhiteSpace(value(name))).Select(name => $" {name}={value(name)!.Trim()}"));
}
