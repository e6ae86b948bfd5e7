using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Attention;

/// <summary>
/// Rotary position embedding, base 10000, half-split: with a head vector's halves a and b, position p turns the pair (a_j, b_j) by
/// p / 10000^(2j/d). Letters: B batch, T sequence, h heads, d head width.
/// </summary>
public sealed class RotaryEmbedding : NamedModule
{
    // Several lanes of a device may be the first to ask.
    private readonly Lock _gate = new();
    private readonly Tensor _frequencies;
    private readonly int _positions;
    private Tensor? _cos, _sin;

    /// <param name="headWidth">d, even.</param>
    /// <param name="positions">Positions in all, registers included.</param>
    /// <param name="device">Where it computes; null for the CPU.</param>
    public RotaryEmbedding(int headWidth, int positions, Device? device = null) : base(nameof(RotaryEmbedding), device)
    {
        _positions = positions;
        using var scope = NewDisposeScope();
        // On the CPU, as the public code does, so that every device has the same bits.
        var exponents = arange(0, headWidth, 2, dtype: float32, device: CPU) / headWidth;
        _frequencies = Buffer("inv_freq", pow(10000f, exponents).reciprocal().to(Device).DetachFromDisposeScope(), persistent: true);
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
                var angles = arange(_positions, dtype: float32, device: _frequencies.device).unsqueeze(1) * _frequencies; // [T, d/2]
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
        Tensor At(Tensor table) => Rows.Of(table.squeeze(1), positions).unsqueeze(2);
        return (At(cos), At(sin));
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
        return Elementwise.AddProduct(x * cos, x.roll(x.shape[^1] / 2, -1), sin).MoveToOuterDisposeScope();
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
