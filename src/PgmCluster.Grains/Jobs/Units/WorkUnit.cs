namespace PgmCluster.Grains.Jobs.Units;

/// <summary>One piece of a job that one device does.</summary>
/// <param name="Index">Among the units of the job.</param>
/// <param name="Name">What stands behind the job's id in the work's id.</param>
/// <param name="Run">The run that it belongs to.</param>
/// <param name="Number">Among the units of its run.</param>
/// <param name="First">Index of its first image among those of its run.</param>
/// <param name="Images">Images in it; 0 where they are not what is counted.</param>
public sealed record WorkUnit(int Index, string Name, UnitRun Run, int Number, int First, int Images)
{
    /// <summary>True for the unit that waits for all others.</summary>
    public bool Last => Run.Last;
}
