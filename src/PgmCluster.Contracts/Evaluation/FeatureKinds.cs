namespace PgmCluster.Contracts.Evaluation;

/// <summary>Where an evaluation's features come from.</summary>
public static class FeatureKinds
{
    /// <summary>The penultimate layer of a classifier that was trained on the dataset.</summary>
    public const string Classifier = "classifier";

    /// <summary>The FID Inception network, TensorFlow's of 2015-12-05.</summary>
    public const string Inception = "inception";
}
