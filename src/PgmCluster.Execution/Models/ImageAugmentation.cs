using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Randomness;
using PgmCluster.Modeling.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Models;

/// <summary>Random shifts and mirroring of a batch, as the data settings say.</summary>
public static class ImageAugmentation
{
    /// <param name="images">[B, 3, S, S]</param>
    /// <param name="settings">What to do.</param>
    /// <param name="draws">Of the micro-batch.</param>
    public static Tensor Apply(Tensor images, DataSettings settings, RandomStream draws)
    {
        if (settings is { RandomFlip: false, RandomShift: 0 }) return images;
        using var scope = NewDisposeScope();
        var batch = images.shape[0];
        if (settings.RandomFlip)
        {
            var flip = draws.Uniform(images.device, batch).lt(0.5).view(batch, 1, 1, 1);
            images = where(flip, images.flip(3), images);
        }
        if (settings.RandomShift > 0)
        {
            var (d, size) = (settings.RandomShift, images.shape[2]);
            var drawn = draws.Uniform(CPU, 2, batch) * (2 * d + 1);
            var offsets = HostRead.Values<long>(drawn.floor().clamp_max(2 * d).to_type(int64));
            var padded = nn.functional.pad(images, (d, d, d, d), PaddingModes.Replicate, 0);
            images = stack([.. Enumerable.Range(0, (int)batch).Select(b =>
                padded[b].narrow(1, offsets[b], size).narrow(2, offsets[batch + b], size))]);
        }
        return images.MoveToOuterDisposeScope();
    }
}
