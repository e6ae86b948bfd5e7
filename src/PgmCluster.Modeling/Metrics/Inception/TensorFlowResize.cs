using static TorchSharp.torch;

namespace PgmCluster.Modeling.Metrics.Inception;

/// <summary>
/// Bilinear resizing as TensorFlow 1 does it: source coordinate = index * in / out, without the shift by half a pixel, edges clamped.
/// </summary>
public static class TensorFlowResize
{
    /// <param name="maps">F32 [B, C, h, w]</param>
    /// <param name="height">Rows wanted.</param>
    /// <param name="width">Columns wanted.</param>
    /// <returns>[B, C, height, width]; the maps themselves, as another tensor, where the size is right already.</returns>
    public static Tensor Bilinear(Tensor maps, int height, int width)
    {
        using var scope = NewDisposeScope();
        return Along(3, Along(2, maps, height), width).alias().MoveToOuterDisposeScope();
    }

    private static Tensor Along(int dimension, Tensor maps, int size)
    {
        var given = maps.shape[dimension];
        if (given == size) return maps;
        var coordinates = arange(size, dtype: float32, device: maps.device) * ((float)given / size);
        var before = coordinates.floor().to_type(int64);
        var after = (before + 1).clamp_max(given - 1);
        long[] shape = [1, 1, 1, 1];
        shape[dimension] = size;
        var share = (coordinates - before.to_type(float32)).view(shape);
        var (first, second) = (maps.index_select(dimension, before), maps.index_select(dimension, after));
        return first + (second - first) * share;
    }
}
