using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Grains.Scheduling.Rows;

/// <summary>What a user had of the devices lately: of device-seconds, half are forgotten every <see cref="HalfLife"/>.</summary>
public sealed record UserUsage
{
    /// <summary>Half of what was used counts no more after this time.</summary>
    public static readonly TimeSpan HalfLife = TimeSpan.FromMinutes(10);

    public required string User { get; init; }

    /// <summary>Decayed device-seconds of leases that have ended, as of <see cref="AsOf"/>.</summary>
    public double Seconds { get; init; }

    public DateTimeOffset AsOf { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    public UnknownMembers? Unknown { get; init; }

    /// <summary>The same as of another time.</summary>
    public double At(DateTimeOffset now) => Seconds * Kept(now - AsOf);

    /// <summary>Decayed device-seconds of a lease that has lasted so long.</summary>
    public static double Of(TimeSpan held) => HalfLife.TotalSeconds / Math.Log(2) * (1 - Kept(held));

    private static double Kept(TimeSpan since) => Math.Pow(2, -Math.Max(0, since.TotalSeconds) / HalfLife.TotalSeconds);
}
