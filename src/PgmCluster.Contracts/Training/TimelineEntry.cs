using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Contracts.Training;

/// <summary>Something that happened to a job.</summary>
/// <param name="At">When; UTC.</param>
/// <param name="What">In one line.</param>
public sealed record TimelineEntry(DateTimeOffset At, string What)
{
    /// <summary>All that is known of a job, oldest first.</summary>
    /// <param name="status">The job.</param>
    /// <param name="owner">Whose it is; null for nobody's.</param>
    /// <param name="details">Of a training run; null for others.</param>
    public static IReadOnlyList<TimelineEntry> Of(JobStatus status, string? owner, TrainingDetails? details)
    {
        List<TimelineEntry> entries = [new(status.CreatedAt, owner is null ? "Submitted" : $"Submitted for {owner}")];
        if (status.StartedAt is { } started) entries.Add(new(started, "A device took it"));
        GangFormation? before = null;
        foreach (var formation in details?.Formations ?? [])
        {
            entries.Add(new(formation.At, Describe(formation, before)));
            before = formation;
        }
        if (status.FinishedAt is { } finished)
            entries.Add(new(finished, status.Message is { } message ? $"{Describe(status.Phase)}: {message}" : Describe(status.Phase)));
        return [.. entries.OrderBy(e => e.At)];
    }

    private static string Describe(GangFormation formation, GangFormation? before)
    {
        var devices = formation.Members == 1 ? "1 device" : $"{formation.Members} devices";
        var from = formation.Step >= 0
            ? $"from step {formation.Step}, held in memory"
            : $"from the checkpoint of step {formation.DurableStep}";
        if (before is null)
            return formation.DurableStep == 0 && formation.Step <= 0 ? $"Began with {devices}" : $"Goes on with {devices}, {from}";
        return formation.Members < before.Members
            ? $"Lost a device or gave one back: goes on with {devices}, {from}"
            : formation.Members > before.Members ? $"Devices joined: goes on with {devices}, {from}" : $"Formed anew with {devices}, {from}";
    }

    private static string Describe(JobPhase phase) => phase switch
    {
        JobPhase.Completed => "Completed",
        JobPhase.Failed => "Failed",
        JobPhase.Cancelled => "Cancelled",
        JobPhase.Paused => "Paused",
        JobPhase.Parked => "Parked",
        _ => $"{phase}",
    };
}
