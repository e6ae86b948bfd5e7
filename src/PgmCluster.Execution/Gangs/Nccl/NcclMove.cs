namespace PgmCluster.Execution.Gangs.Nccl;

/// <summary>F32 elements that go from one rank's device to another's.</summary>
/// <param name="IsSent">By this rank; false where it receives them.</param>
/// <param name="Peer">The other rank.</param>
/// <param name="Address">Where they lie or come to lie, on this rank's device.</param>
/// <param name="Count">How many.</param>
internal readonly record struct NcclMove(bool IsSent, int Peer, nint Address, long Count);
