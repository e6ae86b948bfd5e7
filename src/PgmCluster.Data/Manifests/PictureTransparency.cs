namespace PgmCluster.Data.Manifests;

/// <summary>How many pictures of a dataset have transparent pixels.</summary>
/// <param name="Pictures">Those with at least one that is not opaque.</param>
/// <param name="Uniform">Of these, those that are of one colour once their alpha is dropped.</param>
public sealed record PictureTransparency(int Pictures, int Uniform);
