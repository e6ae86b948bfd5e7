using PgmCluster.Contracts.Drawing;

namespace PgmCluster.Grains.Drawing;

/// <summary>A device's time with a model, from the moment it is asked for.</summary>
/// <param name="generation">Fence of its work.</param>
/// <param name="scheduling">As somebody asked for it; null where that was before the grain was moved.</param>
internal sealed class DrawingSession(long generation, Contracts.Jobs.Scheduling? scheduling)
{
    /// <summary>A device that is there asks every few seconds; work that waits may have been lost with the scheduler's queue.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(10);

    public long Generation => generation;

    public int Priority => scheduling?.Priority ?? DrawingRequest.LowestPriority;

    public Contracts.Jobs.Scheduling? Scheduling => scheduling;

    /// <summary>When it was queued, by the time provider's timestamp; again where nothing was heard of it.</summary>
    public long Submitted { get; set; }

    /// <summary>When the device last asked what is wanted; null before it first did.</summary>
    public long? Heard { get; set; }

    /// <summary>The device was told that nobody wants anything any more.</summary>
    public bool Ends { get; set; }

    /// <summary>Nobody has asked for long: it is queued again, which changes nothing where it still is.</summary>
    public bool IsSilent(TimeProvider time) => time.GetElapsedTime(Heard ?? Submitted) > s_silence;
}
