using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Sampling;

namespace PgmCluster.Modeling.BlockCausal;

/// <summary>
/// The draw that training makes anew for every picture: the block of each token. Block 0 is bos; tokens are in blocks 1 and up, lower ones
/// are revealed earlier. Draws call nothing of libtorch's: any thread may make them, and every device has the same.
/// </summary>
public sealed class RevealBlocks
{
    private readonly RevealOrders _orders;
    private readonly int[] _halton;
    private readonly long[] _sampler;
    private readonly (int Fewest, int Most) _counts;
    private readonly int[][] _curves;

    /// <param name="orders">What is drawn from.</param>
    /// <param name="height">Rows of the grid of codes.</param>
    /// <param name="width">Columns.</param>
    public RevealBlocks(RevealOrders orders, int height, int width)
    {
        _orders = orders;
        _halton = HaltonOrder.Of(height, width);
        _sampler = new long[1 + Tokens];
        Write(_sampler, _halton, RevealSchedule.Halton(orders.Steps, Tokens, orders.Curve));
        _counts = orders.OtherBlocks(Tokens);
        _curves = orders.BlockSizes != "curve" || orders.Rolled + orders.Random == 0 ? []
            : [.. Enumerable.Range(_counts.Fewest, _counts.Most - _counts.Fewest + 1)
                .Select(count => RevealSchedule.Halton(count, Tokens, orders.Curve))];
    }

    /// <summary>n, the cells of the grid.</summary>
    public int Tokens => _halton.Length;

    /// <summary>The sampler's blocks, for scores that compare.</summary>
    /// <param name="blocks">Receives bos and the n cells in raster order.</param>
    public void Sampler(Span<long> blocks) => _sampler.CopyTo(blocks);

    /// <summary>A picture's blocks for training.</summary>
    /// <param name="blocks">Receives bos and the n cells in raster order.</param>
    /// <param name="progress">Share of the training that is done, in [0, 1].</param>
    /// <param name="draws">Moves on.</param>
    public void Draw(Span<long> blocks, double progress, RandomStream draws)
    {
        Span<float> numbers = stackalloc float[3];
        draws.Uniform(numbers);
        var sampler = _orders.SamplerAt(progress);
        if (numbers[0] < sampler)
        {
            Sampler(blocks);
            return;
        }
        // What is left of the first number decides between the other two.
        var isRolled = (numbers[0] - sampler) * (_orders.Rolled + _orders.Random) < (1 - sampler) * _orders.Rolled;
        var order = isRolled ? HaltonOrder.Rolled(_halton, Below(numbers[1], Tokens)) : Shuffled(draws);
        Write(blocks, order, Sizes(numbers[2], draws));
    }

    private int[] Shuffled(RandomStream draws)
    {
        var order = Enumerable.Range(0, Tokens).ToArray();
        var numbers = new float[Tokens];
        draws.Uniform(numbers);
        for (var i = order.Length - 1; i > 0; i--)
        {
            var other = Below(numbers[i], i + 1);
            (order[i], order[other]) = (order[other], order[i]);
        }
        return order;
    }

    /// <summary>Tokens known after each block.</summary>
    private int[] Sizes(float number, RandomStream draws)
    {
        var more = Below(number, _counts.Most - _counts.Fewest + 1);
        return _orders.BlockSizes == "curve" ? _curves[more] : Cut(_counts.Fewest + more, draws);
    }

    /// <summary>All ways to cut n tokens in so many blocks are equally likely.</summary>
    private int[] Cut(int count, RandomStream draws)
    {
        var numbers = new float[Tokens];
        draws.Uniform(numbers);
        var known = new int[count];
        var cut = 0;
        for (var place = 1; place < Tokens && cut < count - 1; place++)
        {
            if (numbers[place] * (Tokens - place) < count - 1 - cut) known[cut++] = place;
        }
        known[^1] = Tokens;
        return known;
    }

    private static int Below(float number, int count) => Math.Min(count - 1, (int)(number * (double)count));

    private static void Write(Span<long> blocks, int[] order, int[] known)
    {
        blocks[0] = 0;
        var block = 0;
        for (var rank = 0; rank < order.Length; rank++)
        {
            while (known[block] <= rank) block++;
            blocks[1 + order[rank]] = 1 + block;
        }
    }
}
