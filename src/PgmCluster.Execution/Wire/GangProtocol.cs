namespace PgmCluster.Execution.Wire;

/// <summary>
/// What members of a gang have learnt to do together since version 0. Each says what it can when it comes to a meeting, and a generation
/// does what all of its members can: silos of two versions may share a gang while a cluster is upgraded.
/// </summary>
public static class GangProtocol
{
    /// <summary>States go from member to member in a tree, and where nobody has any each makes the first one itself.</summary>
    public const int Trees = 1;

    /// <summary>Members that have lost one ask the others at once whether they are there.</summary>
    public const int Probes = 2;

    /// <summary>Connections outlive generations.</summary>
    public const int Keeps = 3;

    /// <summary>What this version can.</summary>
    public const int Current = Keeps;
}
