using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Runtime;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Doctor.Computation;

/// <summary>
/// A way to compute products, and how far from float32 it may end. The bounds follow from the format and the model, whatever its weights: a
/// product rounds both of its operands and sums in float32; independent errors of n products in a row add up as the root of n; the largest
/// of N errors is about sqrt(2 ln N) times the typical one. Layers that normalise and residuals keep the scale, so that no factor comes in
/// between.
/// </summary>
/// <param name="Name">"float32", "TF32" or "bfloat16".</param>
/// <param name="Precision">The setting's name.</param>
/// <param name="Tf32">Products of float32 round their operands to 10 bits.</param>
/// <param name="Rounding">Standard deviation of an operand's relative error; 0 for float32 itself.</param>
internal sealed record ComputeMode(string Name, string Precision, bool Tf32, double Rounding)
{
    // bfloat16 has 7 bits after the point and rounds to nearest: the error is spread evenly over one epsilon. TF32 has 10, and tensor cores
    // cut the rest off: the error is spread over an epsilon on one side of 0.
    private static readonly double BFloat16Rounding = 1.0 / 128 / Math.Sqrt(12), Tf32Rounding = 1.0 / 1024 / Math.Sqrt(3);

    public static ComputeMode Float32 { get; } = new("float32", Precisions.Float32, false, 0);

    /// <summary>Those that a device can compute in.</summary>
    public static IReadOnlyList<ComputeMode> Of(ComputeDevice device)
    {
        var modes = new List<ComputeMode> { Float32 };
        // What rounds to TF32 are units that came together with those for bfloat16.
        if (device.Gpu is not null && device.BFloat16 != "none") modes.Add(new("TF32", Precisions.Float32, true, Tf32Rounding));
        if (device.Gpu is null || device.BFloat16 != "none") modes.Add(new("bfloat16", Precisions.BFloat16, false, BFloat16Rounding));
        return modes;
    }

    public ScalarType Type => Precisions.TypeOf(Precision);

    /// <summary>Has the process compute so; on a CPU there is nothing to choose.</summary>
    public void Choose(ComputeDevice device)
    {
        if (device.Gpu is not null) CudaKernels.Choose(Tf32, deterministic: true, benchmark: false);
    }

    /// <summary>Error of the largest of so many outputs beyond float32's, relative to their scale: two operands a product.</summary>
    public double OfOutputs(StateDict model, long outputs) => Rounding * Math.Sqrt(2 * Products(model)) * Math.Sqrt(2 * Math.Log(outputs));

    /// <summary>
    /// Error of the worst gradient beyond float32's, relative to its norm: for each product of the forward pass there are two in the
    /// backward pass.
    /// </summary>
    public double OfGradients(StateDict model) =>
        Rounding * Math.Sqrt(6 * Products(model)) * Math.Sqrt(2 * Math.Log(model.Parameters.Count()));

    /// <summary>Weights that are multiplied with, embeddings apart: as many products come after one another at most.</summary>
    private static int Products(StateDict model) =>
        model.Parameters.Count(p => p.Tensor.dim() > 1 && !p.Name.Contains("emb", StringComparison.Ordinal));
}
