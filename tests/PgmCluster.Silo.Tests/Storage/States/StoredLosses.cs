using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Silo.Tests.Storage.States;

/// <summary>What is stored since losses are kept until their owners know.</summary>
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
    }
}
