using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Runtime;

/// <summary>
/// Whether tensors are where they belong. libtorch moves nothing by itself, and not every operator notices what is elsewhere.
/// </summary>
internal static class Placement
{
    /// <summary>
    /// Products and attention compare their operands' devices before libtorch sees them: some kernels take what lies elsewhere without a
    /// word, on the device without memory above all. Off but in tests: each comparison asks libtorch, hundreds of times a step.
    /// </summary>
    internal static bool IsChecked { get; set; }

    /// <summary>Compares operands, where tests ask for it.</summary>
    /// <exception cref="InvalidOperationException">One is elsewhere.</exception>
    public static void Check(Tensor first, params ReadOnlySpan<Tensor?> others)
    {
        if (!IsChecked) return;
        var device = first.device;
        foreach (var other in others)
        {
            if (other is not null) Require(device, other, "an operand");
        }
    }

    /// <summary>True where both are the same device; an index that is not given stands for the first.</summary>
    public static bool AreSame(Device a, Device b) =>
        a.type == b.type && (a.type != DeviceType.CUDA || Math.Max(0, a.index) == Math.Max(0, b.index));

    /// <exception cref="InvalidOperationException">The tensor is elsewhere.</exception>
    public static void Require(Device device, Tensor tensor, string what)
    {
        if (!AreSame(device, tensor.device))
            throw new InvalidOperationException($"Computing on {device}: '{what}' is on {tensor.device}. Make it on the module's device.");
    }
}
