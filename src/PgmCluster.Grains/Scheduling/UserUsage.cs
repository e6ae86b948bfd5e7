using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Grains.Scheduling;

/// <summary>What a user had of the devices lately: of device-seconds, half are forgotten every <see cref="HalfLife"/>.</summary>
[GenerateSerializer]
public sealed class UserUsage
{
    /// <summary>Half of what was used counts no more after this time.</summary>
    public static readonly TimeSpan HalfLife = TimeSpan.FromMinutes(10);

    [Id(0)] public string User { get; set; } = "";

    /// <summary>Decayed device-seconds of leases that have ended, as of <see cref="AsOf"/>.</summary>
    [Id(1)] public double Seconds { get; set; }

    [Id(2)] public DateTimeOffset AsOf { get; set; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; set; }

    /// <summary>The same as of another time.</summary>
    public double At(DateTimeOffset now) => Seconds * Kept(now - AsOf);

    /// <summary>Decayed device-seconds of a lease that has lasted so long.</summary>
    public static double Of(TimeSpan held) => HalfLife.TotalSeconds / Math.Log(2) * (1 - Kept(held));

    public UserUsage Copy() => (UserUsage)MemberwiseClone();

    private static double Kept(TimeSpan since) => Math.Pow(2, -Math.Max(0, since.TotalSeconds) / HalfLife.TotalSeconds);
}
