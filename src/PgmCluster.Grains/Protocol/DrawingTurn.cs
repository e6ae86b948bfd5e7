namespace PgmCluster.Grains.Protocol;

/// <summary>What a lane of a device is to draw next.</summary>
[GenerateSerializer, Immutable, Alias("pgm.DrawingTurn")]
public sealed record DrawingTurn
{
    public static DrawingTurn Nothing { get; } = new();

    public static DrawingTurn End { get; } = new() { Ends = true };

    /// <summary>Nobody wants anything of it any more: the work is done.</summary>
    [Id(0)] public bool Ends { get; init; }

    /// <summary>How all of them are drawn, as JSON.</summary>
    [Id(1)] public string Settings { get; init; } = "";

    [Id(2)] public IReadOnlyList<DrawingLine> Orders { get; init; } = [];
}

/// <summary>A picture that a lane is to draw.</summary>
/// <param name="Id">Comes back with it.</param>
/// <param name="Label">Class by index.</param>
/// <param name="Seed">Of the request.</param>
/// <param name="Index">Of the picture in the request.</param>
[GenerateSerializer, Immutable, Alias("pgm.DrawingLine")]
public sealed record DrawingLine(
    [property: Id(0)] string Id, [property: Id(1)] int Label, [property: Id(2)] long Seed, [property: Id(3)] int Index);
