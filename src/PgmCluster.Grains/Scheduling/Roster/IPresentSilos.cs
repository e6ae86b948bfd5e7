namespace PgmCluster.Grains.Scheduling.Roster;

/// <summary>The cluster's silos as the scheduler sees them.</summary>
internal interface IPresentSilos
{
    /// <summary>Names of those whose devices may compute: also of those that leave.</summary>
    IReadOnlySet<string> Names { get; }
}
