using PgmCluster.Data.Images;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Drawing.Orders;
using PgmCluster.Execution.Footprints;
using PgmCluster.Execution.Images;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Models.Loaded;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Blocks;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Runtime;
using PgmCluster.Modeling.Sampling;
using PgmCluster.Modeling.Tokenizer;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Drawing;

/// <summary>
/// Draws pictures in batches of one shape, whoever wants them: how many rows a product has decides its last bits, and now and then with
/// them a token. A batch that is not full is filled up with pictures that nobody wants.
/// </summary>
internal sealed class PictureDrawer : IDisposable
{
    /// <summary>Few on a CPU, where one picture alone costs the whole batch; a GPU draws many in the time of one.</summary>
    private const int RowsOnCpu = 8, RowsElsewhere = 32;

    private readonly Lock _gate = new();
    private readonly WorkContext _context;
    private readonly DrawWork _work;
    private readonly int _lanes;
    private readonly Dictionary<(bool UseEma, string Precision), BorrowedModel<LoadedTokenModel>> _models = [];
    private readonly BorrowedModel<LoadedModel<VqTokenizer>> _tokenizer;

    /// <param name="context">Where the weights are, and the device that computes.</param>
    /// <param name="work">Which model.</param>
    /// <param name="lanes">Batches at a time.</param>
    public PictureDrawer(WorkContext context, DrawWork work, int lanes)
    {
        (_context, _work, _lanes) = (context, work, lanes);
        _tokenizer = context.Tokenizer(work.Tokenizer);
        try
        {
            // As most will ask for it: loaded before somebody waits for it.
            Model(useEma: true, Precisions.Float32);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Pictures of a batch.</summary>
    public int Rows => _context.Device.IsCpu ? RowsOnCpu : RowsElsewhere;

    /// <summary>Draws; may be called by several lanes at once.</summary>
    /// <param name="batch">At most <see cref="Rows"/> pictures.</param>
    /// <returns>In the order of the batch.</returns>
    /// <exception cref="Data.BadInputException">The device cannot compute in the precision that is asked for.</exception>
    public IReadOnlyList<DrawnImage> Draw(DrawingBatch batch)
    {
        var (settings, device) = (batch.Settings, _context.Device.Torch);
        var loaded = Model(settings.UseEma, settings.Precision);
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var data = loaded.Specification.Data;
        var sampler = new TokenSampler(loaded.Model, settings, data.Height, data.Width);
        DrawingOrder[] rows = [.. batch.Orders, .. Enumerable.Repeat(batch.Orders[^1], Rows - batch.Orders.Count)];
        var labels = tensor(rows.Select(r => (long)r.Label).ToArray(), device: device);
        var draws = rows.Select(r => new SamplerDraws(RandomStream.Of(r.Seed, RandomPurpose.Sampling, r.Index), device)).ToArray();
        var revealed = full([rows.Length, loaded.Model.Tokens], -1, dtype: int64, device: device);
        var codes = Footprint(loaded, settings).Draw(sampler, labels, new RowDraws(draws), Note);
        var pictures = PixelConversion.ToImages(_tokenizer.Value.Model.Reconstruct(codes));
        var (tokens, steps) = (HostRead.Values<long>(codes.flatten(1)), HostRead.Values<long>(revealed));
        return [.. batch.Orders.Select((order, row) =>
            new DrawnImage(order.Id, PngWriter.Encode(pictures[row]), Row(tokens, row), Row(steps, row)))];

        // Those whose token is known, and was not after the step before.
        void Note(int step, long first, Tensor grid)
        {
            using var _ = NewDisposeScope();
            var part = revealed.narrow(0, first, grid.size(0));
            part.copy_(Elementwise.MaskedFill(part, part.lt(0).logical_and_(grid.ne(loaded.Model.MaskId)), step));
        }

        int[] Row(long[] values, int row)
        {
            var length = values.Length / rows.Length;
            return [.. values.AsSpan(row * length, length).ToArray().Select(v => (int)v)];
        }
    }

    public void Dispose()
    {
        foreach (var model in _models.Values) model.Dispose();
        _tokenizer.Dispose();
    }

    private SamplingFootprint Footprint(LoadedTokenModel model, SamplerSettings settings) =>
        SamplingFootprint.Of(model.Model, settings, Rows, _context.Device, _lanes);

    /// <remarks>What is kept belongs to the device's thread, which waits for the lanes meanwhile.</remarks>
    private LoadedTokenModel Model(bool useEma, string precision)
    {
        lock (_gate)
        {
            if (!_models.TryGetValue((useEma, precision), out var model))
            {
                _context.Device.Require(Precisions.TypeOf(precision));
                _models[(useEma, precision)] = model = _context.Generative(_work.Model, useEma, precision);
            }
            return model.Value;
        }
    }
}
