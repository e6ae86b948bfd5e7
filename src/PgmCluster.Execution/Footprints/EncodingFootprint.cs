using PgmCluster.Modeling.Tokenizer;

namespace PgmCluster.Execution.Footprints;

/// <summary>What encoding images by a VQ tokenizer takes, from its settings alone. An estimate: nothing is measured for it.</summary>
public static class EncodingFootprint
{
    /// <summary>
    /// Maps of a residual block that are there at once: its input, what the norm makes of it, what each convolution gives, and a copy in
    /// the layout that convolutions want.
    /// </summary>
    private const int LiveMaps = 5;

    /// <summary>Bytes for each image of a batch, in float32.</summary>
    /// <param name="s">The model's shape.</param>
    /// <param name="imageSize">Side of the images in pixels.</param>
    public static long BytesPerImage(VqSettings s, int imageSize)
    {
        long side = imageSize / s.PatchSize, largest = 0;
        for (var i = 0; i < s.ChannelMultipliers.Count; i++)
        {
            if (i > 0) side = (side + 1) / 2;
            var widest = Math.Max(s.ChannelMultipliers[i], s.ChannelMultipliers[Math.Max(0, i - 1)]);
            largest = Math.Max(largest, s.Channels * widest * side * side);
        }
        var scores = side * side * side * side;
        return sizeof(float) * (LiveMaps * largest + scores + 3L * imageSize * imageSize);
    }
}
