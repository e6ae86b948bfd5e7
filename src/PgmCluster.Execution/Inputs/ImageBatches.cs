using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Images;
using PgmCluster.Execution.Specifications;

namespace PgmCluster.Execution.Inputs;

/// <summary>
/// Pictures in their order, batch by batch: while one batch is computed, the next are decoded and made into batches on other threads. The
/// memory of a batch on a CPU is used again for a later one. A picture that cannot be decoded is black, and in the images' list of bad ones
/// once its batch was taken.
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
    private readonly Lock _gate = new();
    private readonly List<ImageInputs>? _spare;
    private readonly bool _flip;
    private bool _isEnded;

    /// <param name="images">The pictures; not disposed here.</param>
    /// <param name="batchSize">Pictures of a batch; the last may have fewer.</param>
    /// <param name="device">Where they are wanted.</param>
    /// <param name="lanes">Of the device.</param>
    /// <param name="flip">Mirrors them left to right.</param>
    public ImageBatches(PreparedImages images, int batchSize, ComputeDevice device, int lanes, bool flip = false)
    {
        (_images, _batchSize, _device, _flip) = (images, batchSize, device, flip);
        _settings = new DataSettings { ImageSize = images.Size };
        // Copies to a GPU may still be under way when a batch is disposed; libtorch's own memory for them waits for that.
        if (device.Torch.type == TorchSharp.DeviceType.CPU) _spare = [];
        var threads = PreparingThreads.For(device.Name, lanes);
        _ahead = new InputsAhead(threads, MachineLimits.Current.CacheBytes, $"pgm-{device.Name}-pictures");
    }

    public int Count => (_images.Count + _batchSize - 1) / _batchSize;

    /// <summary>The pictures' positions in a batch.</summary>
    public int[] Indices(int batch) => [.. Enumerable.Range(batch * _batchSize, Math.Min(_batchSize, _images.Count - batch * _batchSize))];

    /// <summary>A batch, which is the caller's from now on. By the device's lanes.</summary>
    public ImageInputs Take(int batch)
    {
        // Its own pictures first: what is asked for later is decoded later.
        for (var next = batch; next <= batch + Ahead && next < Count; next++) _ahead.Ask(0, next, Make(next), Read(next));
        return (ImageInputs)_ahead.Take(0, batch, Make(batch), Read(batch));
    }

    /// <summary>Batches must not be in use any more.</summary>
    public void Dispose()
    {
        _ahead.Dispose();
        lock (_gate) _isEnded = true;
        foreach (var inputs in _spare ?? []) inputs.Free();
    }

    private Func<BatchInputs> Make(int batch) => () =>
    {
        var indices = Indices(batch);
        var inputs = indices.Length == _batchSize && Spare() is { } spare
            ? spare
            : new ImageInputs(_images, _settings, indices.Length, classes: null, _device.Torch, _spare is null ? null : Release);
        // Decoding goes on from batch to batch, whether or not somebody has come to make the next one.
        inputs.Expect(indices);
        return inputs;
    };

    private ImageInputs? Spare()
    {
        lock (_gate)
        {
            if (_spare is not { Count: > 0 }) return null;
            var spare = _spare[^1];
            _spare.RemoveAt(_spare.Count - 1);
            return spare;
        }
    }

    private void Release(ImageInputs inputs)
    {
        lock (_gate)
        {
            if (!_isEnded && inputs.Count == _batchSize)
            {
                _spare!.Add(inputs);
                return;
            }
        }
        inputs.Free();
    }

    private Action<BatchInputs> Read(int batch) => inputs =>
    {
        var indices = Indices(batch);
        ((ImageInputs)inputs).Read(indices, _flip ? ImageAugmentation.Mirror(indices.Length) : null, replace: false);
    };
}
