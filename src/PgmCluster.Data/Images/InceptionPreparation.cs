using System.Buffers;

namespace PgmCluster.Data.Images;

/// <summary>
/// From images in [-1, 1] to what the FID Inception network sees: values 0 to 255, each channel resized by Pillow's bicubic filter in
/// floats, then cut (not rounded) to 8 bits. It is part of what the scores mean, so every image takes this way, real or generated.
/// </summary>
public sealed class InceptionPreparation
{
    /// <summary>Name of the resize in scores and statistics.</summary>
    public const string ResizeName = "pillow-bicubic-float-299-truncated";

    private readonly int _height, _width, _side;
    private readonly ResamplingWeights _rows, _columns;

    /// <param name="height">Rows of the images.</param>
    /// <param name="width">Columns of the images.</param>
    /// <param name="side">Side of the result, 299 for the network.</param>
    public InceptionPreparation(int height, int width, int side)
    {
        (_height, _width, _side) = (height, width, side);
        (_rows, _columns) = (PillowFloatResampler.Weights(height, side), PillowFloatResampler.Weights(width, side));
    }

    /// <summary>Prepares one image. May be called from several threads at once.</summary>
    /// <param name="image">[3, height, width], about -1 to 1.</param>
    /// <param name="pixels">Receives [3, side, side].</param>
    public void Prepare(ReadOnlySpan<float> image, Span<byte> pixels)
    {
        var (area, areaOut) = (_height * _width, _side * _side);
        if (image.Length != area * RgbImage.Channels || pixels.Length != areaOut * RgbImage.Channels)
            throw new ArgumentException(
                $"3x{_height}x{_width} to 3x{_side}x{_side} needs as many values, not {image.Length} and {pixels.Length}.", nameof(pixels));
        var scaled = ArrayPool<float>.Shared.Rent(area);
        var resized = ArrayPool<float>.Shared.Rent(areaOut);
        try
        {
            for (var channel = 0; channel < RgbImage.Channels; channel++)
            {
                Scale(image.Slice(channel * area, area), scaled.AsSpan(0, area));
                PillowFloatResampler.Resize(scaled.AsSpan(0, area), _rows, _height, _columns, _width, resized.AsSpan(0, areaOut));
                var to = pixels.Slice(channel * areaOut, areaOut);
                for (var i = 0; i < to.Length; i++) to[i] = (byte)Math.Clamp(resized[i], 0, 255);
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(scaled);
            ArrayPool<float>.Shared.Return(resized);
        }
    }

    /// <summary>clip((x + 1) / 2 * 255, 0, 255) in float32.</summary>
    internal static void Scale(ReadOnlySpan<float> image, Span<float> scaled)
    {
        for (var i = 0; i < image.Length; i++) scaled[i] = Math.Clamp((image[i] + 1) / 2 * 255, 0, 255);
    }
}
