namespace PgmCluster.Data.Artifacts.Collection;

/// <summary>An artifact that is not what was written.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Problem">What is wrong.</param>
/// <param name="Owners">Who refers to it.</param>
public sealed record FaultyArtifact(string Name, string Problem, IReadOnlyList<string> Owners);
