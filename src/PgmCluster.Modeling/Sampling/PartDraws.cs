using static TorchSharp.torch;

namespace PgmCluster.Modeling.Sampling;

/// <summary>The random numbers of some images of a batch: those that they get when the batch is drawn as a whole.</summary>
/// <param name="whole">Of the batch.</param>
/// <param name="size">Images of the batch.</param>
/// <param name="first">First of the images.</param>
public sealed class PartDraws(SamplerDraws whole, long size, long first) : SamplerDraws(null!)
{
    public override Tensor Uniforms(int step, long batch, long positions) => Part(whole.Uniforms(step, size, positions), batch);

    public override Tensor Gumbel(int step, long batch, long positions) => Part(whole.Gumbel(step, size, positions), batch);

    public override int[] Rolls(long batch, int cells) => whole.Rolls(size, cells)[(int)first..(int)(first + batch)];

    private Tensor Part(Tensor numbers, long batch)
    {
        using (numbers) return numbers.narrow(0, first, batch);
    }
}
