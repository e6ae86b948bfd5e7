namespace PgmCluster.Grains.Jobs.Units;

/// <summary>
/// A piece of work in its job's own state: that of a job which is one piece, and what versions without units stored of a job's parts.
/// </summary>
[GenerateSerializer, Alias("pgm.WorkPart")]
public sealed class WorkPart : WorkRecord
{
    /// <summary>What stands behind the job's id in the work's id; empty where the job is one piece.</summary>
    [Id(0)] public string Name { get; set; } = "";

    /// <summary>Images in it; 0 where they are not what is counted.</summary>
    [Id(1)] public int Images { get; set; }

    /// <summary>True for the part that waits for all others.</summary>
    [Id(2)] public bool Last { get; set; }

    /// <summary>Was told to stop and may still be writing: it gets no new generation before it has ended.</summary>
    [Id(3)] public bool Stopping { get; set; }
}
