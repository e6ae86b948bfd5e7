namespace PgmCluster.Grains.Training.Gangs;

/// <summary>How long the owner of a gang waits for whom.</summary>
public sealed record GangRules
{
    /// <summary>Somebody new is followed by others: so long nobody else must have come.</summary>
    public TimeSpan Quiet { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A member that nobody has reported lost is waited for so long: its peers find out within their own timeout.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>Who waits asks again at once; who has not asked for so long is gone.</summary>
    public TimeSpan Fresh { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Members at work that were not heard of for so long are not waited for by those who want to join.</summary>
    public TimeSpan Unheard { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A worker over which gangs break again and again is left out for so long.</summary>
    public TimeSpan Barred { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Breaks in a row without a step between them, each over the same worker.</summary>
    public int BreaksAllowed { get; init; } = 2;
}
