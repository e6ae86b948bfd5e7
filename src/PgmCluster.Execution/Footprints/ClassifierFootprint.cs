using PgmCluster.Modeling.Classifier;

namespace PgmCluster.Execution.Footprints;

/// <summary>Of image classifiers.</summary>
internal static class ClassifierFootprint
{
    /// <param name="s">The model's shape.</param>
    /// <param name="batch">Images of a micro-batch.</param>
    public static ModelFootprint Of(ImageClassifierSettings s, long batch)
    {
        // The pictures as they were read, and augmented.
        long input = 3, side = s.ImageSize, parameters = 0, kept = 3 * input * side * side, largest = 0;
        var operations = 0.0;
        foreach (long width in s.Widths)
        {
            operations += 2.0 * input * width * 9 * side * side;
            parameters += input * width * 9 + width;
            largest = Math.Max(largest, Math.Max(input, width) * side * side);
            // What is behind the activation, and what is pooled with the places of its maxima, which are numbers of 8 bytes.
            kept += width * side * side + (s.Pooling == "max" ? 3 : 1) * width * (side / 2) * (side / 2);
            (input, side) = (width, side / 2);
        }
        parameters += input * side * side * s.Features + s.Features + (long)s.Features * s.Classes + s.Classes;
        return new ModelFootprint(parameters, batch * (kept + 4L * s.Features), 3 * batch * largest)
        {
            Operations = batch * (operations + 2.0 * (input * side * side * s.Features + (long)s.Features * s.Classes)),
        };
    }
}
