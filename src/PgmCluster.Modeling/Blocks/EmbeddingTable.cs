using PgmCluster.Modeling.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Blocks;

/// <summary>Weight [entries, width].</summary>
public sealed class EmbeddingTable : NamedModule
{
    public EmbeddingTable(long entries, long width, string name = "weight", Device? device = null) : base(nameof(EmbeddingTable), device) =>
        W = Weight(name, entries, width);

    public Parameter W { get; }

    /// <param name="ids">I64, any shape.</param>
    /// <returns>[..., width]</returns>
    public Tensor Lookup(Tensor ids)
    {
        Placement.Check(W, ids);
        using var scope = NewDisposeScope();
        return Rows.Of(W, ids).MoveToOuterDisposeScope();
    }
}
