using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Sampling;

namespace PgmCluster.Contracts.Drawing;

/// <summary>A few pictures, to be drawn while somebody waits.</summary>
[GenerateSerializer, Immutable, Alias("pgm.DrawingRequest")]
public sealed record DrawingRequest
{
    /// <summary>Pictures of one request at most.</summary>
    public const int MostPictures = 64;

    /// <summary>What is drawn when nobody says how it is to be queued gives way to all other work.</summary>
    public const int LowestPriority = -1;

    /// <summary>The class of each picture, by index: 1 to <see cref="MostPictures"/> of them, one named twice is drawn twice.</summary>
    [Id(0)] public required IReadOnlyList<int> Classes { get; init; }

    /// <summary>With a picture's place in <see cref="Classes"/> it decides every draw of it.</summary>
    [Id(1)] public long Seed { get; init; }

    /// <summary>
    /// How tokens are drawn. <see cref="SamplingSettings.BatchSize"/> and <see cref="SamplingSettings.Threads"/> say nothing here: all
    /// pictures are drawn in batches of one shape, so that one has the same bits whatever is drawn with it.
    /// </summary>
    [Id(2)] public SamplingSettings Settings { get; init; } = new();

    /// <summary>
    /// How the device is waited for; null for a priority of <see cref="LowestPriority"/>. With a higher one than other work's a device is
    /// taken from that, which goes on afterwards.
    /// </summary>
    [Id(3)] public Scheduling? Scheduling { get; init; }
}
