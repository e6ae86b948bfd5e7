using PgmCluster.Modeling.Optimization;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Optimization;

public class GradientNormTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(16)]
    public void OfChunks_OfParts_AreThoseOfTheWholeToTheBit(int chunksPerPart)
    {
        const int chunks = 33;
        using var scope = NewDisposeScope();
        using var generator = new Generator(3, CPU);
        var gradient = randn(chunks * GradientNorm.Chunk, dtype: float32, generator: generator);
        var (whole, parts) = (zeros(chunks, dtype: float32), zeros(chunks, dtype: float32));
        GradientNorm.OfChunks(gradient, whole);
        for (var first = 0; first < chunks; first += chunksPerPart)
        {
            var count = Math.Min(chunksPerPart, chunks - first);
            GradientNorm.OfChunks(
                gradient.narrow(0, first * GradientNorm.Chunk, count * GradientNorm.Chunk), parts.narrow(0, first, count));
        }
        Assert.True(whole.eq(parts).all().item<bool>());
        Assert.Equal(gradient.to_type(float64).norm().item<double>(), GradientNorm.FromChunks(parts).item<double>(), 1e-4);
    }
}
