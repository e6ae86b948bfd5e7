using PgmCluster.Grains.Jobs;

namespace PgmCluster.Grains.Tests.Jobs;

public class ChunkSeedsTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(7, 3)]
    [InlineData(-1, 41)]
    public void Derive_AnyInput_IsTheDocumentedHash(long seed, int chunk)
    {
        byte[] text = [.. "pgm-chunk"u8, .. BitConverter.GetBytes(seed), .. BitConverter.GetBytes((long)chunk)];
        var expected = BitConverter.ToInt64(System.Security.Cryptography.SHA256.HashData(text)) & long.MaxValue;
        Assert.Equal(expected, ChunkSeeds.Derive(seed, chunk));
    }

    [Fact]
    public void Derive_ManyChunksAndSeeds_NeverRepeats() =>
        Assert.Equal(
            10_000,
            Enumerable.Range(0, 100).SelectMany(s => Enumerable.Range(0, 100).Select(c => ChunkSeeds.Derive(s, c))).Distinct().Count());
}
