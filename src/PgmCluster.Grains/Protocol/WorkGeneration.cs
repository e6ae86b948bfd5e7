namespace PgmCluster.Grains.Protocol;

/// <summary>A piece of work under one of its fences.</summary>
/// <param name="WorkId"><see cref="WorkAssignment.WorkId"/>.</param>
/// <param name="Generation"><see cref="WorkAssignment.Generation"/>; older ones of it are meant as well.</param>
[GenerateSerializer, Immutable, Alias("pgm.WorkGeneration")]
public sealed record WorkGeneration([property: Id(0)] string WorkId, [property: Id(1)] long Generation);
