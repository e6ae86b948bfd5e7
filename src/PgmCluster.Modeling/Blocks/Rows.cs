using static TorchSharp.torch;

namespace PgmCluster.Modeling.Blocks;

/// <summary>Rows of a table by number.</summary>
public static class Rows
{
    /// <summary>
    /// Reads rows. By indexing, whose gradient is summed in a fixed order on CUDA too (rows are sorted first); that of index_select is not.
    /// </summary>
    /// <param name="table">[N, width]</param>
    /// <param name="numbers">I64, any shape.</param>
    /// <returns>[..., width]</returns>
    public static Tensor Of(Tensor table, Tensor numbers) => table[numbers];
}
