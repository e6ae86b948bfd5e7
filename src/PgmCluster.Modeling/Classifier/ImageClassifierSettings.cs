namespace PgmCluster.Modeling.Classifier;

/// <summary>Shape of the classifier that scores images.</summary>
public sealed record ImageClassifierSettings
{
    /// <summary>Classes.</summary>
    public required int Classes { get; init; }

    /// <summary>Side of the images in pixels.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Channels of each convolution; the map is halved behind each.</summary>
    public IReadOnlyList<int> Widths { get; init; } = [32, 64];

    /// <summary>"max" or "average". Averages make features that fine texture hardly moves.</summary>
    public string Pooling { get; init; } = "max";

    /// <summary>Width of the penultimate layer, whose values are the features.</summary>
    public int Features { get; init; } = 128;

    /// <summary>Dropout on the features while training.</summary>
    public double Dropout { get; init; }

    /// <summary>Every problem at once, one line each; empty if there is none.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        if (Classes < 2) problems.Add($"classes = {Classes}: must be at least 2.");
        if (Widths.Count == 0 || Widths.Any(w => w < 1)) problems.Add("widths: must be one or more numbers of at least 1.");
        else if (ImageSize >> Widths.Count < 1) problems.Add($"imageSize = {ImageSize}: too small to be halved {Widths.Count} times.");
        if (Pooling is not ("max" or "average")) problems.Add($"pooling = '{Pooling}': must be max or average.");
        if (Features < 64) problems.Add($"features = {Features}: must be at least 64, or distances between features say little.");
        if (Dropout is < 0 or >= 1) problems.Add($"dropout = {Dropout}: must be at least 0 and below 1.");
        return problems;
    }
}
