using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Specifications;

/// <summary>The fingerprint of the machine's arithmetic. Another one gives other last bits, so a run stays with its own.</summary>
public sealed record NumericsSettings
{
    /// <summary>
    /// Version of the program's own numerics: which operators in which order, which random numbers. A program goes on with runs of its own
    /// version only. 1: draws by libtorch's generator, guidance behind the head; 2: guidance before it, logits in
    /// blocks; 3: draws from counted words, the norm over chunks' norms; 4: attention with dropout, nearest codes and their entropy in
    /// blocks, pooled queries by group, examples in the order of a keyed permutation; 5: products of float32 by oneDNN on AMD's processors
    /// with AVX-512, attention of short sequences written out there, GELU by a kernel of this program's on all with AVX-512, however wide
    /// .NET likes its vectors.
    /// </summary>
    public const int CurrentVersion = 5;

    /// <summary>The <see cref="CurrentVersion"/> of the program that specified the run; runs of before there was a number have 1.</summary>
    public int Version { get; init; } = 1;

    /// <summary>CPU threads inside one operator. Cores beyond it compute other micro-batches, which changes no bit.</summary>
    public int Threads { get; init; } = NativeRuntime.DefaultThreads;

    /// <summary>
    /// Model of the device (<see cref="Devices.ComputeDevice.Model"/>): of a CPU its widest vector instruction set, vendor, family and
    /// model, and the variables by which libraries were told to compute with other kernels; of a GPU its name and compute capability.
    /// </summary>
    public string Cpu { get; init; } = NativeRuntime.CpuModel;

    /// <summary>Version of libtorch.</summary>
    public string Libtorch { get; init; } = NativeRuntime.LibtorchVersion;

    /// <summary>
    /// "managed": AdamW out of single operations. "fused": libtorch's own kernel, several times faster, with other last bits; new runs have
    /// it unless they say otherwise.
    /// </summary>
    public string Optimizer { get; init; } = "managed";

    /// <summary>True where <see cref="Optimizer"/> is "fused".</summary>
    public bool UsesFusedOptimizer => Optimizer == "fused";

    /// <summary>
    /// Type of the matrix products, convolutions and attention of the model in training: "float32", or "bfloat16" in the manner of torch's
    /// autocast, which is what the reference trains with on CUDA. Parameters, gradients and moments, norms, the residual stream, logits and
    /// losses are float32 either way, so checkpoints do not differ. Sampling has a precision of its own.
    /// </summary>
    public string Precision { get; init; } = Precisions.Float32;

    /// <summary>
    /// What linear layers multiply in training on a CPU: "float32", or "bfloat16" where it has AMX-BF16 or AVX512-BF16. Then inputs, weights
    /// and gradients of outputs are rounded for the product alone, which is summed in float32 and comes out as float32; everything else is
    /// float32. A specification without the key has float32, and float32 is not written into one.
    /// </summary>
    public string Matmul { get; init; } = Precisions.Float32;

    /// <summary>True where <see cref="Matmul"/> is "bfloat16".</summary>
    public bool RoundsProducts => Matmul == Precisions.BFloat16;

    /// <summary>
    /// The instructions that bfloat16 products are made with; counts where <see cref="Precision"/> or <see cref="Matmul"/> is bfloat16 only.
    /// </summary>
    public string Bfloat16 { get; init; } = NativeRuntime.BFloat16Instructions;

    /// <summary>Whether bits depend on <see cref="Bfloat16"/>.</summary>
    public bool UsesBFloat16 => RoundsProducts || Precision == Precisions.BFloat16;

    /// <summary><see cref="Precision"/> as a type.</summary>
    public ScalarType ComputeType => Precisions.TypeOf(Precision);

    /// <summary>
    /// On CUDA, products and convolutions of float32 round their inputs to 10 bits (TF32): several times faster, and other numbers.
    /// </summary>
    public bool Tf32 { get; init; }

    /// <summary>
    /// On CUDA, kernels that give the same bits every time where libtorch has several, cuDNN's and attention's among them.
    /// </summary>
    public bool Deterministic { get; init; } = true;

    /// <summary>On CUDA, cuDNN times its convolutions and takes the fastest; which one that is changes from run to run.</summary>
    public bool Benchmark { get; init; }

    /// <summary>
    /// "strict": a device with other numerics is refused. "relaxed": it may take part, and bits may differ. With a libtorch of another
    /// major.minor than the program was built for (<see cref="NativeRuntime.IsOtherLibtorch"/>) it is never strict.
    /// </summary>
    public string Exactness { get; init; } = "strict";

    /// <summary>Every problem at once, one line each; empty if there is none.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        if (Version != CurrentVersion) problems.Add($"version = {Version}: must be {CurrentVersion}, this program computes no other.");
        if (Threads is < 1 or > 256) problems.Add($"threads = {Threads}: must be 1 to 256.");
        if (Optimizer is not ("managed" or "fused")) problems.Add($"optimizer = '{Optimizer}': must be fused or managed.");
        if (!Precisions.Names.Contains(Precision))
            problems.Add($"precision = '{Precision}': must be {string.Join(" or ", Precisions.Names)}.");
        if (!Precisions.Names.Contains(Matmul))
            problems.Add($"matmul = '{Matmul}': must be {string.Join(" or ", Precisions.Names)}.");
        if (RoundsProducts && Precision == Precisions.BFloat16)
            problems.Add("matmul = bfloat16: with precision = bfloat16 all products are of bfloat16. Leave one of the two at float32.");
        if (RoundsProducts && BFloat16Products.ProblemOf(Cpu, Bfloat16) is { } problem)
            problems.Add($"matmul = bfloat16: {problem}. Leave it at float32, or use a device that has one.");
        if (Benchmark && Deterministic)
            problems.Add(
                "benchmark = true: cuDNN then takes another kernel in another run. "
                + "Set deterministic=false with exactness=relaxed, or leave it at false.");
        if (!Deterministic && Exactness == "strict")
            problems.Add("deterministic = false: its bits are not reproducible, and exactness = strict asks that they are.");
        if (NativeRuntime.IsOtherLibtorch(Libtorch) && Exactness == "strict")
            problems.Add(
                $"exactness = strict: libtorch {Libtorch} is not of the version that this program was built for, so nobody vouches for "
                + "its bits. Leave it out, which is relaxed, or use the program's own libtorch.");
        if (Exactness is not ("strict" or "relaxed")) problems.Add($"exactness = '{Exactness}': must be strict or relaxed.");
        return problems;
    }
}
