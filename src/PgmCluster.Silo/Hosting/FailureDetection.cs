using Orleans.Configuration;
using PgmCluster.Silo.Storage;
using SiloOptions = PgmCluster.Silo.Options.SiloOptions;

namespace PgmCluster.Silo.Hosting;

/// <summary>How soon silos take each other for dead.</summary>
internal static class FailureDetection
{
    /// <summary>
    /// A killed silo is declared dead after 2 to 3 s, a hung one after about 8 s (defaults: 6 s and 59 s). MaxProbeTimeout is the one that
    /// matters for a hung silo: nobody votes against one that was heard within three of them. Shorter probes than 2 s kill silos whose thread
    /// pool is merely busy.
    /// </summary>
    public static void Set(ClusterMembershipOptions membership)
    {
        membership.ProbeTimeout = TimeSpan.FromSeconds(2);
        membership.MaxProbeTimeout = TimeSpan.FromSeconds(2.5);
        membership.NumMissedProbesLimit = 3;
        membership.TableRefreshTimeout = SiloOptions.MembershipRefresh;
        membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
        membership.DeathVoteExpirationTimeout = TimeSpan.FromSeconds(60);
        membership.EnableIndirectProbes = true;
        // The rule compares the clocks of two silos, and evicts whoever is five minutes behind. Nothing needs it: one that dies while it joins is
        // found by its probes, one that hangs gives up by itself.
        membership.EvictWhenMaxJoinAttemptTimeExceeded = false;
        // A silo that is not in the table yet counts as dead where it began, by its clock, longer ago than this.
        membership.SiloGenerationRetirementAge = DatabaseClock.Tolerated;
        membership.DefunctSiloExpiration = TimeSpan.FromDays(1);
    }
}
