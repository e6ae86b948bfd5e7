using static TorchSharp.torch;

namespace PgmCluster.Modeling.Masking;

/// <summary>Evaluates a <see cref="MaskingSchedule"/>.</summary>
public static class MaskingScheduleExtensions
{
    /// <param name="schedule">The curve.</param>
    /// <param name="r">Uniform draws in [0, 1], float32, any shape.</param>
    /// <returns>Shares in [0, 1], same shape.</returns>
    public static Tensor MaskRatio(this MaskingSchedule schedule, Tensor r)
    {
        using var scope = NewDisposeScope();
        var share = schedule switch
        {
            MaskingSchedule.Root => 1 - r.sqrt(),
            MaskingSchedule.Linear => 1 - r,
            MaskingSchedule.Square => 1 - r.square(),
            MaskingSchedule.Cosine => (r * (Math.PI / 2)).cos(),
            MaskingSchedule.Arccos => r.acos() / (Math.PI / 2),
            _ => throw new ArgumentOutOfRangeException(nameof(schedule), schedule, null),
        };
        return share.MoveToOuterDisposeScope();
    }
}
