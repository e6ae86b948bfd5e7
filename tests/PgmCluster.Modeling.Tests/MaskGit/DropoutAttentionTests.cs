using PgmCluster.Modeling.MaskGit;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Tests.Golden;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.MaskGit;

public class DropoutAttentionTests
{
    private const int Batch = 2, Heads = 3, Queries = 7, Keys = 9, Width = 8, All = Batch * Heads * Queries * Keys;

    /// <summary>
    /// Blocks of one head (63 weights are no whole words of random numbers), of four and the two that are left, and of all. The bits are
    /// those of attention written out where a product does not depend on how many others are computed with it; MKL's of these few numbers
    /// do.
    /// </summary>
    [Theory]
    [InlineData(1, "float32", 1e-6)]
    [InlineData(4 * Queries * Keys, "float32", 1e-6)]
    [InlineData(All, "float32", 0)]
    [InlineData(1, "bfloat16", 1e-2)]
    [InlineData(All, "bfloat16", 0)]
    public void ForwardAndBackward_InBlocks_GiveWhatAttentionWrittenOutGives(long elements, string name, double tolerance)
    {
        using var scope = NewDisposeScope();
        var type = name == "float32" ? float32 : bfloat16;
        var draws = RandomStream.Of(1, RandomPurpose.MicroBatch);
        Tensor Operand(long length) => draws.Normal(Batch, length, Heads, Width).to_type(type).transpose(1, 2).detach().requires_grad_();
        var (q, k, v) = (Operand(Queries), Operand(Keys), Operand(Keys));
        var gradient = draws.Normal(Batch, Heads, Queries, Width).to_type(type);

        var mask = RandomStream.Of(2, RandomPurpose.MicroBatch).Mask(0.3, CPU, Batch, Heads, Queries, Keys);
        var scores = q.matmul(k.transpose(2, 3)).to_type(float32) / Math.Sqrt(Width);
        var attended = (scores.softmax(-1) * mask).to_type(type).matmul(v);
        attended.backward([gradient]);

        void Compare(Tensor expected, Tensor actual, string what)
        {
            if (tolerance == 0) GoldenFiles.Equal(expected, actual, what);
            else GoldenFiles.Close(expected.to_type(float32), actual.to_type(float32), tolerance, tolerance);
        }
        static Tensor Joined(Tensor heads) => heads.detach().reshape(-1, heads.shape[2], heads.shape[3]);
        var reserved = RandomStream.Of(2, RandomPurpose.MicroBatch).ReserveMask(0.3, All);
        var inBlocks = new DropoutAttention(Joined(q), Joined(k.transpose(2, 3)), Joined(v), reserved, elements);
        Compare(attended.detach(), inBlocks.Forward().view(Batch, Heads, Queries, Width), "attended");
        var (ofQ, ofK, ofV) = inBlocks.Backward(Joined(gradient));
        Compare(q.grad!, ofQ.view(Batch, Heads, Queries, Width), "queries");
        Compare(k.grad!, ofK.transpose(1, 2).reshape(Batch, Heads, Keys, Width), "keys");
        Compare(v.grad!, ofV.view(Batch, Heads, Keys, Width), "values");
    }

    /// <summary>Weights are made for a block of heads, once forward and once backward, never for more.</summary>
    [Fact]
    public void ForwardAndBackward_ManyHeads_NeverMakeMoreThanABlock()
    {
        using var scope = NewDisposeScope();
        var draws = RandomStream.Of(1, RandomPurpose.MicroBatch);
        var (q, k, v) = (draws.Normal(10, 4, 2), draws.Normal(10, 2, 5), draws.Normal(10, 5, 2));
        var asked = new List<(long First, long Count)>();
        var mask = new ReservedMask((device, first, shape) =>
        {
            asked.Add((first, shape.Aggregate(1L, (a, b) => a * b)));
            return ones(shape, device: device);
        });
        var attention = new DropoutAttention(q, k, v, mask, elements: 70);
        attention.Forward();
        attention.Backward(ones(10, 4, 2));
        (long, long)[] once = [(0, 60), (60, 60), (120, 60), (180, 20)];
        Assert.Equal([.. once, .. once], asked);
    }
}
