namespace PgmCluster.Cli.Study.Jobs;

/// <summary>The registered pictures.</summary>
internal sealed record StudyDataset(
    string Name, int Images, int TrainingImages, int ValidationImages, int Classes, string ContentSha256) : IStudyProduct
{
    string IStudyProduct.Identity => ContentSha256;
}

/// <summary>A trained network.</summary>
internal sealed record StudyTrained(
    long Steps, double FinalLoss, long Parameters, string WeightsSha256, string? EmaSha256, string SpecificationSha256) : IStudyProduct
{
    string IStudyProduct.Identity => $"{WeightsSha256}{EmaSha256}";
}

/// <summary>Codes of the pictures.</summary>
internal sealed record StudyTokens(int Images, int Height, int Width, int Codebook, int CodesUsed) : IStudyProduct
{
    string IStudyProduct.Identity => $"{Images} of {Height}x{Width}, {CodesUsed} entries";
}

/// <summary>Features that others are compared with.</summary>
internal sealed record StudyReference(string Split, int Images, string FeaturesSha256) : IStudyProduct
{
    string IStudyProduct.Identity => FeaturesSha256;
}

/// <summary>As <see cref="Contracts.Evaluation.NeighbourScores"/>.</summary>
internal sealed record StudyNeighbours(double Precision, double Recall, double Density, double Coverage);

/// <summary>The judge's scores of generated pictures, beside those of held-out ones and of their reconstructions.</summary>
internal sealed record StudyScores(
    double Frechet, double ClassAccuracy, StudyNeighbours? InFiveChunks, StudyNeighbours? Whole, double RealAccuracy,
    double? RealFrechet, double? ReconstructedAccuracy, double? ReconstructedFrechet, double? ReconstructionMse, int Images,
    int ReferenceImages);

/// <summary>How well held-out pictures' codes are predicted, exactly, in the order and steps in which they are drawn.</summary>
internal sealed record StudyBits(double BitsPerToken, double? StandardError, int Images);

/// <summary>How fast models draw, in the order in which they were named, measured in turns.</summary>
internal sealed record StudySpeeds(IReadOnlyList<StudySpeed> Models);

/// <summary>Of one model.</summary>
internal sealed record StudySpeed(string Model, int Batch, double ImagesPerSecond, double GigaOperationsPerImage);
