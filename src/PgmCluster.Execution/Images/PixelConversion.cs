using PgmCluster.Data.Images;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Images;

/// <summary>Tensors to pictures.</summary>
public static class PixelConversion
{
    /// <summary>Pictures of a batch.</summary>
    /// <param name="images">F32 [B, 3, S, S] in [-1, 1]</param>
    public static IReadOnlyList<RgbImage> ToImages(Tensor images)
    {
        using var scope = NewDisposeScope();
        var (count, height, width) = ((int)images.shape[0], (int)images.shape[2], (int)images.shape[3]);
        var bytes = HostRead.Values<byte>(((images.clamp(-1, 1) + 1) * 127.5).round().to_type(uint8).permute(0, 2, 3, 1));
        var pictures = new RgbImage[count];
        var size = height * width * RgbImage.Channels;
        for (var i = 0; i < count; i++) pictures[i] = new RgbImage(width, height, bytes.AsSpan(i * size, size).ToArray());
        return pictures;
    }
}
