using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Jobs.Units;

/// <summary>What a unit answers when it is started.</summary>
/// <param name="News">How it stands.</param>
/// <param name="Submission">What the job is to queue, together with that of other units; null where there is nothing to queue.</param>
[GenerateSerializer, Immutable, Alias("pgm.UnitStart")]
public sealed record UnitStart([property: Id(0)] UnitNews News, [property: Id(1)] WorkAssignment? Submission);
