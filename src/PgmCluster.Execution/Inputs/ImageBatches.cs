using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Images;
using PgmCluster.Execution.Specifications;

namespace PgmCluster.Execution.Inputs;

/// <summary>
/// Pictures in their order, batch by batch: while one batch is computed, the next is read, decoded and resized on other threads.
/// </summary>
internal sealed class ImageBatches : IDisposable
{
    /// <summary>Batches that a lane has read before it comes to them.</summary>
    private const int Ahead = 2;

    private readonly PreparedImages _images;
    private readonly DataSettings _settings;
    private readonly int _batchSize;
    private readonly ComputeDevice _device;
    private readonly InputsAhead _ahead;

    /// <param name="images">The pictures; not disposed here.</param>
    /// <param name="batchSize">Pictures of a batch; the last may have fewer.</param>
    /// <param name="device">Where they are wanted.</param>
    /// <param name="lanes">Of the device.</param>
    public ImageBatches(PreparedImages images, int batchSize, ComputeDevice device, int lanes)
    {
        (_images, _batchSize, _device) = (images, batchSize, device);
        _settings = new DataSettings { ImageSize = images.Size };
        var threads = InputsAhead.ThreadsFor(device.Name, lanes);
        _ahead = new InputsAhead(threads, MachineLimits.Current.CacheBytes, $"pgm-{device.Name}-pictures");
    }

    public int Count => (_images.Count + _batchSize - 1) / _batchSize;

    /// <summary>The pictures' positions in a batch.</summary>
    public int[] Indices(int batch) => [.. Enumerable.Range(batch * _batchSize, Math.Min(_batchSize, _images.Count - batch * _batchSize))];

    /// <summary>A batch, which is the caller's from now on. By the device's lanes.</summary>
    public ImageInputs Take(int batch)
    {
        for (var next = batch + 1; next <= batch + Ahead && next < Count; next++) _ahead.Ask(0, next, Make(next), Read(next));
        return (ImageInputs)_ahead.Take(0, batch, Make(batch), Read(batch));
    }

    public void Dispose() => _ahead.Dispose();

    private Func<BatchInputs> Make(int batch) => () =>
        new ImageInputs(_images, _settings, Indices(batch).Length, classes: null, _device.Torch);

    private Action<BatchInputs> Read(int batch) => inputs => ((ImageInputs)inputs).Read(Indices(batch), augmentation: null);
}
