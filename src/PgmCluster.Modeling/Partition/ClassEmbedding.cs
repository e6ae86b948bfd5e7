using PgmCluster.Modeling.Blocks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Partition;

/// <summary>One embedding per class, and a last one for "label dropped".</summary>
public sealed class ClassEmbedding : NamedModule
{
    private readonly EmbeddingTable _table;
    private readonly int _classes;

    public ClassEmbedding(int classes, int hidden, Device? device = null) : base(nameof(ClassEmbedding), device)
    {
        _classes = classes;
        _table = Child("embedding_table", new EmbeddingTable(classes + 1, hidden, device: device));
    }

    /// <param name="labels">I64 [B]</param>
    /// <param name="dropped">BOOL [B], or null for none.</param>
    /// <returns>[B, H]</returns>
    public Tensor Forward(Tensor labels, Tensor? dropped)
    {
        using var scope = NewDisposeScope();
        var ids = dropped is null ? labels : Elementwise.MaskedFill(labels, dropped, _classes);
        return _table.Lookup(ids).MoveToOuterDisposeScope();
    }
}
