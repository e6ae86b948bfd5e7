namespace PgmCluster.Grains.Protocol;

/// <summary>What a lane of a device has drawn while somebody waits.</summary>
[GenerateSerializer, Immutable, Alias("pgm.DrawingHandover")]
public sealed record DrawingHandover
{
    /// <summary>Generation of the assignment.</summary>
    [Id(0)] public required long Generation { get; init; }

    /// <summary>Of one life of the work: what was given to a lane and does not come back with its next call is given to others.</summary>
    [Id(1)] public required string Lane { get; init; }

    /// <summary>Pictures that it draws at once; 0 where it wants no more.</summary>
    [Id(2)] public required int Most { get; init; }

    [Id(3)] public required IReadOnlyList<DrawingPicture> Drawn { get; init; }
}

/// <summary>What has become of a picture that a lane was to draw.</summary>
/// <param name="Id">Of the order.</param>
/// <param name="Png">The picture.</param>
/// <param name="Codes">Its tokens row by row.</param>
/// <param name="Revealed">For each the step in which it was revealed.</param>
[GenerateSerializer, Immutable, Alias("pgm.DrawingPicture")]
public sealed record DrawingPicture(
    [property: Id(0)] string Id, [property: Id(1)] byte[] Png, [property: Id(2)] int[] Codes, [property: Id(3)] int[] Revealed)
{
    /// <summary>Why it was not drawn, in one line; null where it was.</summary>
    [Id(4)] public string? Error { get; init; }
}
