namespace PgmCluster.Execution.Devices;

/// <summary>Which of several kernels libtorch takes on CUDA. A CPU has nothing to choose.</summary>
/// <param name="Tf32">Products and convolutions of float32 round their inputs to 10 bits.</param>
/// <param name="Deterministic">Kernels that give the same bits every time.</param>
/// <param name="Benchmark">cuDNN times its convolutions and takes the fastest, another one in another run.</param>
public sealed record KernelSettings(bool Tf32, bool Deterministic, bool Benchmark)
{
    /// <summary>
    /// What a run has unless it says otherwise, and all other work always. It is not libtorch's own default, which rounds convolutions
    /// to TF32.
    /// </summary>
    public static KernelSettings Default { get; } = new(Tf32: false, Deterministic: true, Benchmark: false);

    public override string ToString() =>
        $"tf32={(Tf32 ? "true" : "false")}, deterministic={(Deterministic ? "true" : "false")}, benchmark={(Benchmark ? "true" : "false")}";
}
