using PgmCluster.Data.Sources;

namespace PgmCluster.Data.Tests.Sources;

public class StratifiedOrderTests
{
    [Fact]
    public void Draw_ClassesOfDifferentSize_EveryEndHoldsEachInItsShare()
    {
        int[] labels = [.. Enumerable.Repeat(0, 500), .. Enumerable.Repeat(1, 300), .. Enumerable.Repeat(2, 195),
            .. Enumerable.Repeat(3, 5)];
        var order = StratifiedOrder.Draw(labels, [.. Enumerable.Range(0, labels.Length).Select(i => (UInt128)(uint)(i * 2654435761))]);

        Assert.Equal(Enumerable.Range(0, labels.Length), order.Order());
        foreach (var held in new[] { 50, 100, 200 })
        {
            var counts = order[^held..].CountBy(i => labels[i]).ToDictionary();
            for (var label = 0; label < 3; label++)
                Assert.InRange(
                    counts[label], (held * labels.Count(l => l == label) / (double)labels.Length) - 1,
                    (held * labels.Count(l => l == label) / (double)labels.Length) + 1);
            Assert.Contains(order[..^held], i => labels[i] == 3);
        }
    }

    [Fact]
    public void Draw_OnePictureOfAClass_IsTrainedOn()
    {
        int[] labels = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
        Assert.Contains(9, StratifiedOrder.Draw(labels, [.. Enumerable.Range(0, 10).Select(i => (UInt128)i)])[..8]);
    }
}
