using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Scheduling.Calls;

/// <summary>News of a lost lease that its owner is yet to be told.</summary>
/// <param name="Owner">The owner's grain id as text.</param>
/// <param name="Report">What it is told.</param>
internal sealed record WorkLoss(string Owner, WorkReport Report);
