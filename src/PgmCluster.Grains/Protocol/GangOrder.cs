namespace PgmCluster.Grains.Protocol;

/// <summary>Answer to <see cref="IGangOwner.Attend"/>.</summary>
public enum GangOrder
{
    /// <summary>Nothing has changed.</summary>
    GoOn = 0,

    /// <summary>The gang is to form again after the present step.</summary>
    Meet = 1,

    /// <summary>The work is not wanted from this member any more.</summary>
    Stop = 2,
}
