using static TorchSharp.torch;

namespace PgmCluster.Modeling.Metrics;

/// <summary>Features that may lie on disk, read a block at a time.</summary>
public interface IFeatureRows
{
    /// <summary>Images.</summary>
    long Count { get; }

    /// <summary>Consecutive rows, F32 or F64 [count, width].</summary>
    Tensor Read(long first, long count);
}
