using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Blocks;

/// <summary>
/// The check of tokens and labels before a table is indexed by them. It looks at the memory of tensors on the CPU, where every batch
/// begins: nothing is read back from another device.
/// </summary>
internal static class IdRange
{
    /// <param name="ids">I64, any shape.</param>
    /// <param name="what">What an id is, such as "label".</param>
    /// <param name="limit">The first id that is too large.</param>
    /// <exception cref="ArgumentException">An id is out of range; value and range are named.</exception>
    public static void Check(Tensor ids, string what, long limit)
    {
        if (ids.device_type != TorchSharp.DeviceType.CPU || ids.dtype != ScalarType.Int64 || ids.numel() == 0) return;
        using var scope = NewDisposeScope();
        foreach (var id in MemoryMarshal.Cast<byte, long>(ids.detach().contiguous().bytes))
        {
            if (id < 0 || id >= limit)
                throw new ArgumentException(
                    $"Reading a batch: {what} {id} is out of range, it must be 0 to {limit - 1}. "
                    + "Correct the data, or use a model that was made for it.");
        }
    }
}
