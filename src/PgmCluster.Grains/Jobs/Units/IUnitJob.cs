using Orleans.CodeGeneration;

namespace PgmCluster.Grains.Jobs.Units;

/// <summary>A job that is made of units.</summary>
[Alias("pgm.IUnitJob"), Version(0)]
internal interface IUnitJob : IGrainWithStringKey
{
    /// <summary>
    /// A unit's news, from its grain, outside of the unit's turns: neither ever waits for the other. What is lost on the way the job asks
    /// for when it is woken.
    /// </summary>
    /// <returns>False where the unit is not wanted: it cancels itself.</returns>
    [Alias("UnitChanged")]
    Task<bool> UnitChanged(UnitNews news);
}
