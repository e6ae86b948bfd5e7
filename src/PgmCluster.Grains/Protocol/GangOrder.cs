namespace PgmCluster.Grains.Protocol;

/// <summary>Answer to <see cref="IGangOwner.Attend"/>.</summary>
public enum GangOrder
{
    /// <summary>Nothing has changed.</summary>
    GoOn,

    /// <summary>The gang is to form again after the present step.</summary>
    Meet,

    /// <summary>The work is not wanted from this member any more.</summary>
    Stop,
}
