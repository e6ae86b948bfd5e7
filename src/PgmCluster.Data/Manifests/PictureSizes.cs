using System.Globalization;
using System.Numerics;

namespace PgmCluster.Data.Manifests;

/// <summary>How large the pictures of a dataset are, from their headers.</summary>
public sealed record PictureSizes
{
    /// <summary>The smallest width in pixels, as the next three.</summary>
    public int MinWidth { get; init; }

    public int MaxWidth { get; init; }

    public int MinHeight { get; init; }

    public int MaxHeight { get; init; }

    /// <summary>At i the pictures whose shorter side has 2^i pixels or more, and fewer than 2^(i+1).</summary>
    public IReadOnlyList<int> ByShorterSide { get; init; } = [];

    /// <summary>For people: "28x28", or the range of sizes and how many lie where.</summary>
    public override string ToString()
    {
        if ((MinWidth, MinHeight) == (MaxWidth, MaxHeight)) return $"{MinWidth}x{MinHeight}";
        var parts = ByShorterSide.Index().Where(b => b.Item > 0).Select(b => string.Create(
            CultureInfo.InvariantCulture, $"{1L << b.Index} to {(1L << (b.Index + 1)) - 1}: {b.Item}"));
        return $"width {MinWidth} to {MaxWidth}, height {MinHeight} to {MaxHeight}; shorter side {string.Join(", ", parts)}";
    }

    /// <summary>Adds one picture after the other.</summary>
    internal sealed class Counter
    {
        private readonly int[] _byShorterSide = new int[32];
        private int _minWidth = int.MaxValue, _maxWidth, _minHeight = int.MaxValue, _maxHeight;

        public void Add(int width, int height)
        {
            (_minWidth, _maxWidth) = (Math.Min(_minWidth, width), Math.Max(_maxWidth, width));
            (_minHeight, _maxHeight) = (Math.Min(_minHeight, height), Math.Max(_maxHeight, height));
            _byShorterSide[BitOperations.Log2((uint)Math.Max(1, Math.Min(width, height)))]++;
        }

        public PictureSizes Sum() => new()
        {
            MinWidth = _minWidth,
            MaxWidth = _maxWidth,
            MinHeight = _minHeight,
            MaxHeight = _maxHeight,
            ByShorterSide = _byShorterSide[..(Array.FindLastIndex(_byShorterSide, c => c > 0) + 1)],
        };
    }
}
