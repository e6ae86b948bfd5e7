using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Pulls;
using PgmCluster.Grains.Jobs;

namespace PgmCluster.Grains.Pulls;

/// <summary>State of a pull.</summary>
[GenerateSerializer, Alias("pgm.PullJobState")]
public sealed class PullJobState : WorkJobState<PullRequest>
{
    /// <summary>All files: an artifact.</summary>
    [Id(0)] public ArtifactReference? Listing { get; set; }

    [Id(1)] public string Commit { get; set; } = "";

    /// <summary>Where the files go, as the silos see it.</summary>
    [Id(2)] public string Directory { get; set; } = "";

    /// <summary>Bytes of each unit's files; the last unit has none.</summary>
    [Id(3)] public List<long> UnitBytes { get; set; } = [];

    /// <summary>The first files.</summary>
    [Id(4)] public List<string> Names { get; set; } = [];

    [Id(5)] public PullResult? Result { get; set; }
}
