namespace PgmCluster.Data.Images;

/// <summary>
/// Pillow's weights for resizing along one direction: for each output position the first input position it draws on, how many, and
/// their weights in double precision, whose sum is 1.
/// </summary>
internal sealed class ResamplingWeights
{
    private readonly int _most;
    private readonly double[] _weights;

    /// <param name="inputSize">Positions in.</param>
    /// <param name="outputSize">Positions out.</param>
    /// <param name="start">First output position that is wanted.</param>
    /// <param name="count">How many are wanted.</param>
    /// <param name="reach">Where the filter ends, in output positions.</param>
    /// <param name="filter">The filter's value at a distance of 0 or more; widened by the scale when shrinking.</param>
    public ResamplingWeights(int inputSize, int outputSize, int start, int count, double reach, Func<double, double> filter)
    {
        IsIdentity = inputSize == outputSize;
        First = new int[count];
        Count = new int[count];
        var scale = (double)inputSize / outputSize;
        var widening = Math.Max(1, scale);
        var support = reach * widening;
        _most = (int)Math.Ceiling(support) * 2 + 1;
        _weights = new double[count * _most];
        for (var i = 0; i < count; i++)
        {
            if (IsIdentity)
            {
                (First[i], Count[i], _weights[i * _most]) = (start + i, 1, 1);
                continue;
            }
            var centre = (start + i + 0.5) * scale;
            var first = Math.Max(0, (int)(centre - support + 0.5));
            var end = Math.Min(inputSize, (int)(centre + support + 0.5));
            var exact = _weights.AsSpan(i * _most, end - first);
            var sum = 0.0;
            for (var k = 0; k < exact.Length; k++)
            {
                // Multiplying by the reciprocal, not dividing: the last bit decides roundings.
                exact[k] = filter(Math.Abs((first + k - centre + 0.5) * (1 / widening)));
                sum += exact[k];
            }
            foreach (ref var weight in exact) weight /= sum;
            (First[i], Count[i]) = (first, exact.Length);
        }
    }

    /// <summary>Nothing changes but perhaps the borders: the sizes are equal.</summary>
    public bool IsIdentity { get; }

    public int[] First { get; }

    public int[] Count { get; }

    /// <summary>The weights of one output position.</summary>
    public ReadOnlySpan<double> Weights(int i) => _weights.AsSpan(i * _most, Count[i]);
}
