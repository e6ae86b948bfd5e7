using Orleans.CodeGeneration;
using Orleans.Concurrency;

namespace PgmCluster.Grains.Protocol;

/// <summary>
/// A grain whose work is done by a gang of devices. It alone decides who belongs to the gang, one generation after another.
/// </summary>
[Alias("pgm.IGangOwner"), Version(0)]
public interface IGangOwner : IGrainWithStringKey
{
    /// <summary>
    /// A member has arrived, for the first time or because its gang broke or is to change, and waits for the next generation. Calls
    /// no worker: a lost one holds nobody up.
    /// </summary>
    /// <returns>After a few seconds at most. <see cref="GangOutcome.Waiting"/>: others are still expected, call again.</returns>
    [Alias("Meet"), AlwaysInterleave]
    Task<GangMeeting> Meet(GangArrival arrival);

    /// <summary>A member at work asks now and then whether its generation is still the one that counts. Answered from memory.</summary>
    [Alias("Attend"), AlwaysInterleave]
    Task<GangOrder> Attend(GangPresence presence);
}
