namespace PgmCluster.Contracts.Drawing;

/// <summary>What has come of a request to draw.</summary>
[GenerateSerializer, Immutable, Alias("pgm.DrawingAnswer")]
public sealed record DrawingAnswer
{
    /// <summary>In the order of the request; null while they are not all drawn.</summary>
    [Id(0)] public IReadOnlyList<DrawnPicture>? Pictures { get; init; }

    /// <summary>While they are not: what is waited for, in one line.</summary>
    [Id(1)] public string? Waits { get; init; }

    /// <summary>What to know about the pictures, in one line; null where there is nothing to say.</summary>
    [Id(2)] public string? Note { get; init; }
}
