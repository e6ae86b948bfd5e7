using PgmCluster.Grains.Options;

namespace PgmCluster.Grains.Scheduling;

/// <summary>The times and limits by which work is placed.</summary>
public sealed record SchedulingPolicy
{
    /// <summary>What users may have at once.</summary>
    public UserQuotas Quotas { get; init; } = UserQuotas.None;

    /// <summary>How long a gang lets smaller work pass by it; from then on free devices are held until it has them all.</summary>
    public TimeSpan GangPatience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Waiting so long counts as one step of priority, so that nothing waits for ever behind a stream of higher work.</summary>
    public TimeSpan AgingStep { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>So long work that came to its device by waiting is as safe there as the priority that it had reached.</summary>
    public TimeSpan GrantedFor { get; init; } = TimeSpan.FromMinutes(10);
}
