namespace PgmCluster.Chaos.Runs;

/// <summary>One fault that was made.</summary>
/// <param name="Kind">As in <see cref="ChaosFaults"/>.</param>
/// <param name="Target">The silo, or the database.</param>
/// <param name="At">Seconds since the first step under faults.</param>
/// <param name="WasMember">Whether the silo's device was in the gang.</param>
/// <param name="TookAll">Whether nobody was left who had the run's state: it went on from its last checkpoint.</param>
/// <param name="RecoverySeconds">See <see cref="ChaosReport.RecoverySeconds"/>; null where the run ended before.</param>
internal sealed record ChaosFault(string Kind, string Target, double At, bool WasMember, bool TookAll, double? RecoverySeconds)
{
    /// <summary>In words, for what is counted by it.</summary>
    public string Name => TookAll ? $"{Kind} of the only member" : WasMember ? $"{Kind} of a member" : Kind;
}
