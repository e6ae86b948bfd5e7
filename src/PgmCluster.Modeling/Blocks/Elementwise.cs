using PgmCluster.Modeling.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Blocks;

/// <summary>Elementwise operations that libtorch does in one pass.</summary>
public static class Elementwise
{
    // One native scalar for all calls: each would otherwise wait for its finalizer.
    private static readonly Scalar One = 1.0f;

    /// <summary>A copy with a value where the mask is true.</summary>
    public static Tensor MaskedFill(Tensor x, Tensor mask, double value)
    {
        Placement.Check(x, mask);
        return x.masked_fill(mask, value);
    }

    /// <summary>x + a * b</summary>
    public static Tensor AddProduct(Tensor x, Tensor a, Tensor b) => addcmul(x, a, b, One);

    /// <summary>x + a * b, written over x.</summary>
    internal static Tensor AddProductInPlace(Tensor x, Tensor a, Tensor b) => x.addcmul_(a, b, One);

    /// <summary>
    /// x · scale + shift, element by element: what conditioning does to a normalized stream (AdaLN). All of one shape or broadcast; the
    /// scale is whole, with its 1.
    /// </summary>
    public static Tensor Modulate(Tensor x, Tensor shift, Tensor scale) => AddProduct(shift, x, scale);
}
