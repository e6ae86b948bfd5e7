using PgmCluster.Data;
using PgmCluster.Data.Images;
using PgmCluster.Execution.Images;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Randomness;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Inputs;

/// <summary>A micro-batch of pictures with their labels.</summary>
internal sealed class ImageInputs : BatchInputs
{
    private readonly PreparedImages _images;
    private readonly DataSettings _settings;
    private readonly int? _classes;
    private readonly HostBuffer<float> _pixels;
    private readonly HostBuffer<long> _labels;
    private readonly Action<ImageInputs>? _released;
    private DecodeRun? _expected;

    /// <param name="images">The data.</param>
    /// <param name="settings">Which augmentation.</param>
    /// <param name="count">B, pictures.</param>
    /// <param name="classes">Labels are below; null where the model looks at none.</param>
    /// <param name="device">Where the batch is wanted.</param>
    /// <param name="released">Gets the memory back when it is disposed, to use or free it; null for nobody.</param>
    public ImageInputs(
        PreparedImages images, DataSettings settings, int count, int? classes, Device device, Action<ImageInputs>? released = null)
    {
        (_images, _settings, _classes, _released) = (images, settings, classes, released);
        _pixels = new HostBuffer<float>(device, float32, count, RgbImage.Channels, images.Size, images.Size);
        _labels = new HostBuffer<long>(device, int64, count);
    }

    /// <summary>B, pictures.</summary>
    public int Count => _labels.Values.Length;

    public override long Bytes => _pixels.Bytes + _labels.Bytes;

    /// <summary>F32 [B, 3, S, S] in [-1, 1]; of the scope where it is a copy.</summary>
    public Tensor Pixels() => _pixels.ToDevice();

    /// <summary>I64 [B], -1 for pictures without a label where the model looks at none; of the scope where it is a copy.</summary>
    public Tensor Labels() => _labels.ToDevice();

    /// <summary>Has pictures decoded from now on: those that are read next.</summary>
    public void Expect(ReadOnlySpan<int> indices) => _expected = _images.Begin(indices);

    public override void Dispose()
    {
        Interlocked.Exchange(ref _expected, null)?.Dispose();
        if (_released is null) Free();
        else _released(this);
    }

    /// <summary>Frees the memory, whoever would have it back.</summary>
    public void Free()
    {
        _pixels.Dispose();
        _labels.Dispose();
    }

    protected override void FillWith(ReadOnlySpan<int> indices, RandomStream draws, bool training, double progress) =>
        Read(indices, training ? ImageAugmentation.Draw(_settings, indices.Length, draws) : null, replace: true);

    /// <summary>Has the pictures decoded, for those to whom nothing is drawn. Calls nothing of TorchSharp's.</summary>
    /// <param name="indices">The pictures, as many as there is memory for.</param>
    /// <param name="augmentation">What is done to them; null for nothing.</param>
    /// <param name="replace">
    /// What becomes of a picture that cannot be decoded: true has the next one in its place; false leaves its place black, to be left out
    /// by whoever uses the batch: the others have the same neighbours as without the fault.
    /// </param>
    /// <exception cref="BadInputException">A picture cannot be read, or its label is none of the model's; the message names it.</exception>
    public void Read(ReadOnlySpan<int> indices, ImageAugmentation? augmentation, bool replace)
    {
        var perImage = RgbImage.Channels * _images.Size * _images.Size;
        var plain = augmentation is null ? null : new float[perImage];
        using var run = Interlocked.Exchange(ref _expected, null) ?? _images.Begin(indices);
        for (var i = 0; i < indices.Length; i++)
        {
            var (index, picture) = (indices[i], run.Next());
            var target = _pixels.Values.Slice(i * perImage, perImage);
            if (picture.Undecodable is { } problem && !replace)
            {
                _images.Bad.Add(index, problem);
                _labels.Values[i] = 0;
                target.Clear();
                continue;
            }
            RgbImage image;
            (index, image) = picture.Undecodable is { } bad ? _images.InsteadOf(index, bad) : (index, picture.Require());
            var label = _images.Label(index);
            if (_classes is { } classes && (label < 0 || label >= classes))
            {
                throw new BadInputException(label < 0
                    ? $"Making a batch: picture {index} has no label, and the model learns classes. Train on pictures that have one."
                    : $"Making a batch: picture {index} is of class {label}, the model has {classes} classes. "
                        + $"Train with model.classes={label + 1} or more.");
            }
            _labels.Values[i] = label;
            ImagePreparation.Normalize(image, plain ?? target);
            augmentation?.Apply(i, plain, target, _images.Size);
        }
    }
}
