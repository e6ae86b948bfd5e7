using PgmCluster.Modeling.Optimization;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Optimization;

public class GradientNormTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(16)]
    public void ChunkSums_OfParts_AreThoseOfTheWholeToTheBit(int chunksPerPart)
    {
        const int chunks = 33;
        using var scope = NewDisposeScope();
        using var generator = new Generator(3, CPU);
        var gradient = randn(chunks * GradientNorm.Chunk, dtype: float32, generator: generator);
        var (whole, parts) = (new float[chunks], new float[chunks]);
        GradientNorm.ChunkSums(gradient, whole);
        for (var first = 0; first < chunks; first += chunksPerPart)
        {
            var count = Math.Min(chunksPerPart, chunks - first);
            GradientNorm.ChunkSums(gradient.narrow(0, first * GradientNorm.Chunk, count * GradientNorm.Chunk), parts.AsSpan(first, count));
        }
        Assert.Equal(whole, parts);
        Assert.Equal(GradientNorm.Of(gradient), GradientNorm.Of(parts));
    }
}
