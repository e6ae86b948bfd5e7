using PgmCluster.Modeling.Blocks;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Tokenizer;

/// <summary>
/// Nearest codebook entry by squared distance, latents and entries l2-normalised. Letters: B batch, c code width, h, w grid, N codebook
/// entries.
/// </summary>
public sealed class VectorQuantizer : NamedModule
{
    /// <summary>Codes remembered for the usage figure.</summary>
    public const int UsageWindow = 65536;

    private readonly VqSettings _settings;
    private readonly EmbeddingTable _codebook;
    private readonly Tensor _used;

    public VectorQuantizer(VqSettings settings, Device? device = null) : base(nameof(VectorQuantizer), device)
    {
        _settings = settings;
        // In the public code this buffer is a parameter, hence its place before the codebook in the state dict.
        _used = Buffer("codebook_used", zeros(UsageWindow, dtype: float32, device: Device), persistent: true);
        _codebook = Child("embedding", new EmbeddingTable(settings.Codebook, settings.CodeWidth, device: device));
    }

    public EmbeddingTable Codebook => _codebook;

    /// <summary>Codes of the latest positions seen in training, oldest first, F32 [65536]; zeros before that many were seen.</summary>
    public Tensor Used => _used;

    /// <summary>Quantizes without losses.</summary>
    /// <param name="z">[B, c, h, w]</param>
    /// <returns>I64 [B, h, w]</returns>
    public Tensor Codes(Tensor z)
    {
        using var scope = NewDisposeScope();
        return Nearest(Rows(z), Normalized(_codebook.W)).view(z.shape[0], z.shape[2], z.shape[3]).MoveToOuterDisposeScope();
    }

    /// <summary>Normalised codebook entries for codes.</summary>
    /// <param name="codes">I64 [B, h, w]</param>
    /// <returns>[B, c, h, w]</returns>
    public Tensor Entries(Tensor codes)
    {
        using var scope = NewDisposeScope();
        var entries = Blocks.Rows.Of(Normalized(_codebook.W), codes.flatten());
        return entries.view([.. codes.shape, _settings.CodeWidth]).permute(0, 3, 1, 2).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Quantizes with the training losses.</summary>
    /// <param name="z">[B, c, h, w]</param>
    public QuantizedLatents Forward(Tensor z)
    {
        using var scope = NewDisposeScope();
        var (batch, height, width) = (z.shape[0], z.shape[2], z.shape[3]);
        var rows = Rows(z);                                                                      // [Bhw, c]
        var codebook = Normalized(_codebook.W);                                                  // [N, c]
        var codes = Nearest(rows.detach(), codebook.detach());                                   // [Bhw]
        var entries = Blocks.Rows.Of(codebook, codes);                                           // [Bhw, c]
        var vq = (entries - rows.detach()).square().mean();
        var commit = (entries.detach() - rows).square().mean() * _settings.CommitWeight;
        var entropy = _settings.EntropyWeight > 0
            ? AssignmentEntropy.Of(rows, codebook) * _settings.EntropyWeight
            : zeros([], dtype: float32, device: z.device);
        var straightThrough = rows + (entries - rows).detach();
        return new QuantizedLatents(
            straightThrough.view(batch, height, width, -1).permute(0, 3, 1, 2).contiguous().MoveToOuterDisposeScope(),
            codes.view(batch, height, width).MoveToOuterDisposeScope(),
            vq.MoveToOuterDisposeScope(), commit.MoveToOuterDisposeScope(), entropy.MoveToOuterDisposeScope());
    }

    /// <summary>
    /// Notes the codes of a step. To be called once per step, in the order of its micro-batches, so that the buffer does not depend on who
    /// computed them.
    /// </summary>
    /// <param name="codes">I64, any shape.</param>
    public void RecordUsage(Tensor codes)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var latest = codes.flatten().to_type(float32);
        if (latest.shape[0] > UsageWindow) latest = latest.narrow(0, latest.shape[0] - UsageWindow, UsageWindow);
        var count = latest.shape[0];
        if (count < UsageWindow) _used.narrow(0, 0, UsageWindow - count).copy_(_used.narrow(0, count, UsageWindow - count).clone());
        _used.narrow(0, UsageWindow - count, count).copy_(latest);
    }

    /// <summary>The nearest entry of each row, so many rows at a time: the distances of all would be N numbers a position.</summary>
    /// <returns>I64 [rows]</returns>
    private static Tensor Nearest(Tensor rows, Tensor codebook)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var block = RowBlocks.Rows(rows, codebook.shape[0]);
        return RowBlocks.Joined(
            rows.shape[0], block, (first, count) => Distances(rows.narrow(0, first, count), codebook).argmin(1)).MoveToOuterDisposeScope();
    }

    /// <summary>All distances at once, [Bhw, N], for tests.</summary>
    internal Tensor Distances(Tensor z)
    {
        using var scope = NewDisposeScope();
        return Distances(Rows(z), Normalized(_codebook.W)).MoveToOuterDisposeScope();
    }

    private Tensor Rows(Tensor z) => Normalized(z.permute(0, 2, 3, 1).reshape(-1, _settings.CodeWidth));

    private static Tensor Normalized(Tensor rows) => nn.functional.normalize(rows, 2, -1, 1e-12);

    /// <summary>|z|^2 + |e|^2 - 2 z.e, [rows, N]; written out in full because rounding decides near ties.</summary>
    internal static Tensor Distances(Tensor rows, Tensor codebook)
    {
        using var scope = NewDisposeScope();
        var product = rows.matmul(codebook.t());
        // Added to itself instead of multiplied by 2: a number becomes a native scalar that may be collected while the call reads it.
        return (rows.square().sum(1, keepdim: true) + codebook.square().sum(1) - (product + product)).MoveToOuterDisposeScope();
    }
}
