using PgmCluster.Modeling.Metrics;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tests.Metrics;

/// <summary>Features in memory.</summary>
internal sealed class TensorRows(Tensor features) : IFeatureRows
{
    public long Count => features.shape[0];

    public Tensor Read(long first, long count) => features.narrow(0, first, count);
}
