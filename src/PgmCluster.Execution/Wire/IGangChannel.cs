namespace PgmCluster.Execution.Wire;

/// <summary>How a member speaks to the owner of its gang. Called from the device's thread.</summary>
public interface IGangChannel
{
    /// <summary>Name of this worker.</summary>
    string Worker { get; }

    /// <summary>Where this process exchanges with others.</summary>
    DataPlane DataPlane { get; }

    /// <summary>The owner wants the gang to form again, after the present step: somebody has arrived.</summary>
    bool IsChangeWanted { get; }

    /// <summary>Waits for the next generation, however long that takes.</summary>
    /// <param name="step">Steps done in the state at hand; -1 where there is none.</param>
    /// <param name="lost">Workers that are gone: broken, silent, hung or leaving.</param>
    /// <returns>Null where the member is not wanted any more or was asked to end.</returns>
    GangSeat? Meet(long step, IReadOnlyList<string> lost);
}
