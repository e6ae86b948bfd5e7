using PgmCluster.Data.Images;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Randomness;

namespace PgmCluster.Execution.Inputs;

/// <summary>Random shifts and mirroring of a batch, as the data settings say: where each pixel of a picture is taken from.</summary>
internal sealed class ImageAugmentation
{
    private readonly bool[] _flips;
    private readonly int[] _shifts;

    private ImageAugmentation(bool[] flips, int[] shifts) => (_flips, _shifts) = (flips, shifts);

    /// <summary>Draws for a batch: mirroring first, then down, then right. Null where nothing is to be done.</summary>
    /// <param name="settings">What to do.</param>
    /// <param name="count">Pictures.</param>
    /// <param name="draws">Of the micro-batch.</param>
    public static ImageAugmentation? Draw(DataSettings settings, int count, RandomStream draws)
    {
        if (settings is { RandomFlip: false, RandomShift: 0 }) return null;
        var (flips, shifts) = (new bool[count], new int[2 * count]);
        var numbers = new float[2 * count];
        if (settings.RandomFlip)
        {
            draws.Uniform(numbers.AsSpan(0, count));
            for (var i = 0; i < count; i++) flips[i] = numbers[i] < 0.5f;
        }
        if (settings.RandomShift > 0)
        {
            var d = settings.RandomShift;
            draws.Uniform(numbers);
            for (var i = 0; i < shifts.Length; i++) shifts[i] = (int)Math.Min(MathF.Floor(numbers[i] * (2 * d + 1)), 2 * d) - d;
        }
        return new ImageAugmentation(flips, shifts);
    }

    /// <summary>Mirrors all pictures of a batch.</summary>
    /// <param name="count">Pictures.</param>
    public static ImageAugmentation Mirror(int count) => new([.. Enumerable.Repeat(true, count)], new int[2 * count]);

    /// <summary>Copies a picture. What comes from beyond its edge is the pixel at the edge.</summary>
    /// <param name="index">Of the picture in the batch.</param>
    /// <param name="source">[3, S, S]</param>
    /// <param name="target">[3, S, S]</param>
    /// <param name="size">S</param>
    public void Apply(int index, ReadOnlySpan<float> source, Span<float> target, int size)
    {
        var (down, right) = (_shifts[index], _shifts[_flips.Length + index]);
        var columns = new int[size];
        for (var x = 0; x < size; x++)
        {
            var from = Math.Clamp(x + right, 0, size - 1);
            columns[x] = _flips[index] ? size - 1 - from : from;
        }
        for (var row = 0; row < RgbImage.Channels * size; row++)
        {
            var (channel, y) = Math.DivRem(row, size);
            var from = source.Slice((channel * size + Math.Clamp(y + down, 0, size - 1)) * size, size);
            var to = target.Slice(row * size, size);
            for (var x = 0; x < size; x++) to[x] = from[columns[x]];
        }
    }
}
