namespace PgmCluster.Modeling.Metrics.Inception;

/// <summary>Shape of a convolution of the Inception network.</summary>
/// <param name="Input">Channels in.</param>
/// <param name="Output">Channels out.</param>
/// <param name="Height">Rows of the kernel.</param>
/// <param name="Width">Columns of the kernel.</param>
/// <param name="Stride">Of both directions.</param>
/// <param name="Padded">Zeros around the map such that stride 1 keeps its size.</param>
public readonly record struct InceptionConvShape(
    long Input, long Output, long Height = 1, long Width = 1, long Stride = 1, bool Padded = true);
