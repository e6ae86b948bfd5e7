using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Images;
using PgmCluster.Execution.Images;
using PgmCluster.Execution.Models;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tokenization;

/// <summary>What a tokenizer makes of images: rows of originals, and below each what its codes are decoded to. On this machine's CPU.</summary>
public static class TokenPreview
{
    private const int Columns = 8;

    /// <param name="store">Where the tokenizer is.</param>
    /// <param name="tokenizer">Its weights.</param>
    /// <param name="read">Reads the images, prepared to a side in pixels; at least one.</param>
    /// <param name="cancellation">Ends it between two images.</param>
    public static RgbImage Draw(
        IArtifactStore store, ArtifactInfo tokenizer, Func<int, IReadOnlyList<RgbImage>> read, CancellationToken cancellation)
    {
        NativeRuntime.PrepareProcess();
        NativeRuntime.Load();
        using var loaded = ModelFiles.Tokenizer(store, tokenizer, CPU, cancellation);
        var size = loaded.Specification.Data.ImageSize;
        var originals = read(size);
        var decoded = originals.Select(image =>
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var inference = inference_mode();
            var pixels = new float[RgbImage.Channels * size * size];
            ImagePreparation.Normalize(image, pixels);
            // One at a time: a batch would take the memory of all.
            var codes = loaded.Model.Tokenize(tensor(pixels, [1, RgbImage.Channels, size, size], device: CPU));
            return PixelConversion.ToImages(loaded.Model.Reconstruct(codes))[0];
        }).ToList();
        var rows = originals.Chunk(Columns).Zip(decoded.Chunk(Columns)).ToList();
        // The last row of originals is filled, so that what is below belongs to it.
        IEnumerable<RgbImage> Filled(RgbImage[] row) =>
            row.Concat(Enumerable.Repeat(Blank(size), rows.Count == 1 ? 0 : Columns - row.Length));
        return ImageGrid.ComposeVisible(
            [.. rows.SelectMany(r => Filled(r.First).Concat(Filled(r.Second)))], Math.Min(Columns, originals.Count),
            [.. rows.SelectMany(_ => new[] { "original", "decoded" })]);
    }

    private static RgbImage Blank(int size)
    {
        var image = new RgbImage(size, size);
        Array.Fill(image.Pixels, byte.MaxValue);
        return image;
    }
}
