using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Drawing;

/// <summary>What a picture is a function of, the model aside.</summary>
/// <param name="Settings">How it is drawn, as JSON.</param>
/// <param name="Seed">Of the request.</param>
/// <param name="Index">In the request.</param>
/// <param name="Label">Class by index.</param>
internal readonly record struct PictureKey(string Settings, long Seed, int Index, int Label);

/// <summary>A picture that somebody waits for, or has just been given.</summary>
/// <param name="number">Counts what was wanted.</param>
/// <param name="key">What is wanted.</param>
internal sealed class WantedPicture(long number, PictureKey key)
{
    private readonly TaskCompletionSource<DrawingPicture> _drawn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Number => number;

    /// <summary>Of the order: orders of before the grain was moved are none of these.</summary>
    public string Id { get; } = $"{Guid.NewGuid():N}";

    public PictureKey Key => key;

    /// <summary>Ends with the picture, or with why there is none.</summary>
    public Task<DrawingPicture> Drawn => _drawn.Task;

    /// <summary>When somebody last asked for it, or was given it, by the time provider's timestamp.</summary>
    public long Touched { get; set; }

    /// <summary>Who draws it; null while it waits.</summary>
    public string? Lane { get; set; }

    public void Complete(DrawingPicture picture) => _drawn.TrySetResult(picture);

    public void Fail(Exception reason)
    {
        if (_drawn.TrySetException(reason)) _ = _drawn.Task.Exception;
    }
}
