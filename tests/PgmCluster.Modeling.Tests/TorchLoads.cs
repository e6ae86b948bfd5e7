using TorchSharp;

namespace PgmCluster.Modeling.Tests;

public class TorchLoads
{
    [Fact]
    public void Tensor_Add_GivesSum()
    {
        using var a = torch.ones(2, 2);
        using var b = a + a;
        Assert.Equal(8f, b.sum().item<float>());
    }
}
