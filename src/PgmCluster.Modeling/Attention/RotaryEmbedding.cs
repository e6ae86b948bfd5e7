using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Kernels;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Attention;

/// <summary>
/// Rotary position embedding, half-split: with a head vector's halves a and b, position p turns the pair (a_j, b_j) by p / 10000^(2j/d).
/// Of a grid, the first d/4 pairs are turned by the row and the others by the column, with base 100, for there are that many fewer of each
/// (ARPG, arXiv 2503.10568). Letters: B batch, T sequence, h heads, d head width.
/// </summary>
public sealed class RotaryEmbedding : NamedModule
{
    // Several lanes of a device may be the first to ask.
    private readonly Lock _gate = new();
    private readonly Tensor _frequencies;
    private readonly Func<Tensor> _places;
    private Tensor? _cos, _sin;

    /// <param name="headWidth">d, even.</param>
    /// <param name="positions">Positions in all, registers included.</param>
    /// <param name="device">Where it computes; null for the CPU.</param>
    public RotaryEmbedding(int headWidth, int positions, Device? device = null) : base(nameof(RotaryEmbedding), device)
    {
        _places = () => arange(positions, dtype: float32, device: Device).unsqueeze(1);                           // [T, 1]
        _frequencies = Frequencies(10000f, headWidth, 1);
    }

    /// <param name="headWidth">d, a multiple of 4.</param>
    /// <param name="positions">Positions in all.</param>
    /// <param name="ahead">So many first positions have no cell; each has a place of its own outside the grid.</param>
    /// <param name="columns">Of the grid; the rest of the positions are its cells in raster order.</param>
    /// <param name="device">Where it computes; null for the CPU.</param>
    public RotaryEmbedding(int headWidth, int positions, int ahead, int columns, Device? device) : base(nameof(RotaryEmbedding), device)
    {
        float[] Places(int position) =>
            position < ahead ? [position - ahead, position - ahead] : [(position - ahead) / columns, (position - ahead) % columns];
        _places = () => tensor(Enumerable.Range(0, positions).SelectMany(Places).ToArray(), [positions, 2], dtype: float32, device: Device)
            .repeat_interleave(headWidth / 4, 1);                                                                   // [T, d/2]
        _frequencies = Frequencies(100f, headWidth / 2, 2);
    }

    private Tensor Frequencies(float radix, int width, long repeated)
    {
        using var scope = NewDisposeScope();
        // On the CPU, as the public code does, so that every device has the same bits.
        var exponents = arange(0, width, 2, dtype: float32, device: CPU) / width;
        var frequencies = pow(radix, exponents).reciprocal().repeat(repeated).to(Device).DetachFromDisposeScope();
        return Buffer("inv_freq", frequencies, persistent: true);
    }

    /// <summary>
    /// cos and signed sin of every position, [T, 1, d]; the sign makes the turn one multiply-add (see <see cref="Rotate"/>).
    /// </summary>
    public (Tensor Cos, Tensor Sin) Table()
    {
        lock (_gate)
        {
            if (_cos is null || _sin is null)
            {
                using var scope = NewDisposeScope();
                // As an ordinary tensor, not one of inference mode, it serves training too: whoever asks first may be a sampler.
                using var ordinary = inference_mode(false);
                using var _ = no_grad();
                var angles = _places() * _frequencies;                                                         // [T, d/2]
                var (cos, sin) = (angles.cos(), angles.sin());
                _cos = cat([cos, cos], -1).unsqueeze(1).DetachFromDisposeScope();
                _sin = cat([-sin, sin], -1).unsqueeze(1).DetachFromDisposeScope();
            }
            return (_cos, _sin);
        }
    }

    /// <summary>Rows of <see cref="Table"/> for given positions.</summary>
    /// <param name="positions">I64 [B, K]</param>
    /// <returns>[B, K, 1, d] each</returns>
    public (Tensor Cos, Tensor Sin) At(Tensor positions)
    {
        var (cos, sin) = Table();
        // The one head of the table is in its place after the rows were read.
        return (Rows.Of(cos, positions), Rows.Of(sin, positions));
    }

    /// <summary>Turns head vectors: [a cos - b sin, b cos + a sin].</summary>
    /// <param name="x">[B, T, h, d]</param>
    /// <param name="cos">[T, 1, d] or [B, T, 1, d]</param>
    /// <param name="sin">Same, with the first half negated.</param>
    /// <returns>[B, T, h, d] float32</returns>
    public static Tensor Rotate(Tensor x, Tensor cos, Tensor sin)
    {
        Placement.Check(x, cos, sin);
        using var scope = NewDisposeScope();
        // Both halves change places.
        return Elementwise.AddProduct(x * cos, x.roll(x.size(-1) / 2, -1), sin).MoveToOuterDisposeScope();
    }

    /// <summary>The same written over <paramref name="x"/>, float32; for inference.</summary>
    internal static void RotateInPlace(Tensor x, Tensor cos, Tensor sin)
    {
        Placement.Check(x, cos, sin);
        if (HeadVectors.TryTurn(x, cos, sin)) return;
        using var scope = NewDisposeScope();
        var swapped = x.roll(x.size(-1) / 2, -1);
        Elementwise.AddProductInPlace(x.mul_(cos), swapped, sin);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _cos?.Dispose();
            _sin?.Dispose();
        }
        base.Dispose(disposing);
    }
}
