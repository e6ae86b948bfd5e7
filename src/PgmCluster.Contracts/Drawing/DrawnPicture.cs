namespace PgmCluster.Contracts.Drawing;

/// <summary>A picture and how it came to be.</summary>
[GenerateSerializer, Immutable, Alias("pgm.DrawnPicture")]
public sealed record DrawnPicture
{
    /// <summary>Class by index.</summary>
    [Id(0)] public required int Class { get; init; }

    /// <summary>The class by name.</summary>
    [Id(1)] public required string ClassName { get; init; }

    /// <summary>The picture, a PNG file.</summary>
    [Id(2)] public required byte[] Png { get; init; }

    /// <summary>Its tokens row by row: codes of the tokenizer.</summary>
    [Id(3)] public required IReadOnlyList<int> Codes { get; init; }

    /// <summary>For each token the step, from 0, in which it was revealed.</summary>
    [Id(4)] public required IReadOnlyList<int> Revealed { get; init; }

    /// <summary>Tokens in a row.</summary>
    [Id(5)] public required int Width { get; init; }
}
