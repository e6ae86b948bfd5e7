using PgmCluster.Grains.Scheduling.Rows;
using PgmCluster.Grains.Training.Gangs;

namespace PgmCluster.Silo.Tests.Storage.States;

/// <summary>What is stored since losses are kept until their owners know, with the number of the lease that is over.</summary>
internal static class StoredLosses
{
    /// <param name="before">The samples of before.</param>
    public static IEnumerable<(string File, object State)> After(IReadOnlyList<(string File, object State)> before)
    {
        yield return ("lease-loss.1.json", new LeaseLoss
        {
            Worker = "a/cpu:0",
            Number = 8,
            Incarnation = "abc",
            WorkId = "run",
            Generation = 3,
            Owner = "trainingrun/run",
            Remaining = 2,
            Orderly = true,
            LostAt = new DateTimeOffset(2026, 11, 1, 10, 20, 30, 456, TimeSpan.Zero),
        });
        var gang = StoredStates.CopyOf<GangState>(before, "training-gang.3.json");
        gang.Members = [.. gang.Members.Select(m => m with { Lease = 8 })];
        yield return ("training-gang.4.json", gang);
    }
}
