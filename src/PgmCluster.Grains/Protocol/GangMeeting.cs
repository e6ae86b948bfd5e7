namespace PgmCluster.Grains.Protocol;

/// <summary>What came of a meeting.</summary>
public enum GangOutcome
{
    /// <summary>Others are still expected.</summary>
    Waiting = 0,

    /// <summary>The generation stands.</summary>
    Formed = 1,

    /// <summary>The member is not wanted any more: it stops.</summary>
    Refused = 2,
}

/// <summary>Answer to <see cref="IGangOwner.Meet"/>.</summary>
/// <param name="Outcome">What came of it.</param>
/// <param name="Gang">Set where it formed.</param>
[GenerateSerializer, Immutable, Alias("pgm.GangMeeting")]
public sealed record GangMeeting([property: Id(0)] GangOutcome Outcome, [property: Id(1)] GangRoster? Gang = null);
