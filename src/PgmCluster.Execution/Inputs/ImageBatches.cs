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
    private bool _isEnded;

    /// <param name="images">The pictures; not disposed here.</param>
    /// <param name="batchSize">Pictures of a batch; the last may have fewer.</param>
    /// <param name="device">Where they are wanted.</param>
    /// <param name="lanes">Of the device.</param>
    public ImageBatches(PreparedImages images, int batchSize, ComputeDevice device, int lanes)
    {
        (_images, _batchSize, _device) = (images, batchSize, device);
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
        for (var next = batch + 1; next <= batch + Ahead && next < Count; next++) _ahead.Ask(0, next, Make(next), Read(next));
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
        Indices(batch).Length == _batchSize && Spare() is { } spare
            ? spare
            : new ImageInputs(_images, _settings, Indices(batch).Length, classes: null, _device.Torch, _spare is null ? null : Release);

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

    private Action<BatchInputs> Read(int batch) => inputs => ((ImageInputs)inputs).Read(Indices(batch), augmentation: null, replace: false);
}
