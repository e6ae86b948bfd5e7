using PgmCluster.Execution.Wire.Judging;

namespace PgmCluster.Execution.Tests.Gangs;

/// <summary>A gang for tests that count: who is late on a busy machine is not lost, and no connection is given up and made anew.</summary>
internal static class PatientGang
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    public static GangOptions Options { get; } = new()
    {
        PeerTimeout = s_patience,
        LeastPeerTimeout = s_patience,
        ConnectTimeout = s_patience,
        LeaveTimeout = s_patience,
    };
}
