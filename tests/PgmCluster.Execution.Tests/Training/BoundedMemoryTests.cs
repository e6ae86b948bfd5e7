using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.MaskGit;
using PgmCluster.Modeling.Partition;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Tokenizer;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tests.Training;

/// <summary>
/// What would grow with the square of a sequence, or with a codebook, exists in blocks: the bytes of tensors are counted.
/// </summary>
[Collection(nameof(TrainingStepTests.Alone))]
public class BoundedMemoryTests
{
    private static RandomStream Draws => RandomStream.Of(1, RandomPurpose.MicroBatch);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Backward_MaskGitWithDropout_KeepsNoScores(bool recompute)
    {
        const int side = 20, batch = 8, heads = 8, depth = 3;
        using var scope = NewDisposeScope();
        using var model = new MaskGitTransformer(
            new MaskGitSettings { Codebook = 20, Height = side, Width = side, Classes = 3, Hidden = 32, Depth = depth, Heads = heads });
        var codes = (Draws.Uniform(CPU, batch, side, side) * 20).to_type(int64);
        var (hidden, labels, dropout) = (codes.lt(9), zeros(batch, dtype: int64), new Dropout(0.1, Draws));
        const long length = side * side + 1, scores = 4L * batch * heads * length * length;

        var written = TensorMemory.PeakOf(() => model.Loss(codes, hidden, labels, null, dropout).backward());
        var inBlocks = TensorMemory.PeakOf(() => model.Backward(codes, hidden, labels, null, dropout, recompute));

        Assert.True(written > 2 * depth * scores, $"written out {written}, scores {scores}");
        Assert.True(inBlocks < written / 3, $"in blocks {inBlocks}, written out {written}");
    }

    [Fact]
    public void AssignmentEntropy_InBlocks_HoldsAFewBlocks()
    {
        const int count = 2048, block = 1 << 16;
        using var scope = NewDisposeScope();
        var (rows, codebook) = (Draws.Normal(count, 8).requires_grad_(), Draws.Normal(count, 8).requires_grad_());
        long Peak(long elements) => TensorMemory.PeakOf(() =>
        {
            using var inner = NewDisposeScope();
            AssignmentEntropy.Of(rows, codebook, elements).backward();
        });
        Assert.True(Peak((long)count * count) > 4 * 4L * count * count);
        Assert.True(Peak(block) < 16 * 4 * block);
    }

    /// <summary>
    /// All queries of a group pool the same: log-sum-exp costs two copies of the encoder's output, not one for each query.
    /// </summary>
    [Fact]
    public void Backward_PartitionPooledByLogSumExp_KeepsNoProductOfQueriesAndPositions()
    {
        const int tokens = 128, batch = 4, hidden = 32;
        using var scope = NewDisposeScope();
        long Peak(string preQuery)
        {
            using var model = new PartitionTransformer(new PartitionTransformerSettings
            {
                Codebook = 20,
                Tokens = tokens,
                Classes = 3,
                Hidden = hidden,
                Heads = 2,
                EncoderBlocks = 1,
                DecoderBlocks = 1,
                PreQuery = preQuery,
            });
            var groups = Draws.Uniform(CPU, batch, tokens + 1).lt(0.5);
            groups.narrow(1, 0, 1).fill_(false);
            var ids = zeros([batch, tokens + 1], dtype: int64);
            return TensorMemory.PeakOf(() => model.Backward(ids, groups, zeros(batch, dtype: int64), null, null));
        }
        Assert.True(Peak("learn+freqs+logsumexp") - Peak("learn+freqs") < 4L * batch * tokens * tokens * hidden / 4);
    }
}
