namespace PgmCluster.Execution.Specifications;

/// <summary>What is fed to the model.</summary>
public sealed record DataSettings
{
    /// <summary>Side in pixels to which images are prepared; of tokens, to which they were.</summary>
    public int ImageSize { get; init; } = 256;

    /// <summary>Rows of the code grid; 0 takes the tokens'.</summary>
    public int Height { get; init; }

    /// <summary>Columns of the code grid; 0 takes the tokens'.</summary>
    public int Width { get; init; }

    /// <summary>Shift images by up to this many pixels in each direction, edges repeated. Images only.</summary>
    public int RandomShift { get; init; }

    /// <summary>Mirror images with probability one half. Images only.</summary>
    public bool RandomFlip { get; init; }
}
