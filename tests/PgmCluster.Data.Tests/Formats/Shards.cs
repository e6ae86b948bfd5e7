using System.IO.Compression;
using PgmCluster.Data.Blobs;
using PgmCluster.Data.Formats;
using PgmCluster.Data.Formats.Layouts;
using PgmCluster.Data.Images;
using SkiaSharp;

namespace PgmCluster.Data.Tests.Formats;

/// <summary>Reads what a format makes of a directory.</summary>
internal static class Shards
{
    public static byte[] Png(byte red, byte green = 0, byte blue = 0, int width = 2, int height = 3)
    {
        var image = new RgbImage(width, height);
        for (var i = 0; i < image.Pixels.Length; i += 3) (image.Pixels[i], image.Pixels[i + 1], image.Pixels[i + 2]) = (red, green, blue);
        return PngWriter.Encode(image);
    }

    public static byte[] Jpeg(int seed, int side = 16) =>
        Images.ImageTests.Encode(Images.ImageTests.Noise(side + seed % 5, side), SKEncodedImageFormat.Jpeg);

    public static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionLevel.Optimal)) stream.Write(content);
        return packed.ToArray();
    }

    public static async Task<DatasetLayout> Layout(string directory, string? format = null) =>
        await DatasetFormats.RecognizeAsync(await SourceListing.OfAsync(new DirectoryBlobs(directory)), format);

    public static async Task<ShardIndex> Index(string directory, int shard = 0)
    {
        var layout = await Layout(directory);
        return await DatasetFormats.Named(layout.Format).IndexAsync(new DirectoryBlobs(directory), layout.Shards[shard]);
    }

    /// <summary>Every picture of a directory: key, label as written, first pixel.</summary>
    public static async Task<List<(string Key, string? Label, RgbImage Image)>> Read(string directory)
    {
        var (blobs, layout) = (new DirectoryBlobs(directory), await Layout(directory));
        var format = DatasetFormats.Named(layout.Format);
        var all = new List<(string, string?, RgbImage)>();
        foreach (var shard in layout.Shards)
        {
            var index = await format.IndexAsync(blobs, shard);
            await foreach (var picture in format.ReadAsync(blobs, shard, index, 0, index.Count))
                all.Add(
                    (picture.Key, picture.Label < 0 ? null : index.LabelTexts[picture.Label],
                        ImageDecoder.Decode(picture.Bytes.Span, picture.Key)));
        }
        return all;
    }
}
