using Orleans.Runtime;
using Orleans.Runtime.Messaging;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Client;

/// <summary>
/// Repeats a client's call that met a silo which has just died: until the others have agreed on its death, for about two seconds, a gateway
/// still sends calls to it, and so do grains.
/// </summary>
/// <remarks>
/// What was on its way to that silo, or with it, is lost without a word: a gateway keeps no account of what it passes on, so nobody tells
/// the client. Such a call ends by its timeout, and is repeated once.
/// A call may have been begun by then: submissions, changes of a job and questions mean the same when they come twice; what was being
/// deleted may be answered with <see cref="NotFoundException"/>, for it is gone. Streams are opened again by whoever reads them
/// (<see cref="Contracts.Jobs.JobWatching.WatchToRest"/>).
/// </remarks>
/// <param name="time">The clock.</param>
public sealed class LostSiloFilter(TimeProvider time) : IOutgoingGrainCallFilter
{
    /// <summary>For so long a call is repeated, in all.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    /// <exception cref="PgmException">For that long no silo has done it; nothing of Orleans' own texts.</exception>
    /// <exception cref="TimeoutException">Twice there was no answer in time: who is called is there, and busy or hung.</exception>
    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        if (context.InterfaceMethod?.DeclaringType?.Namespace?.StartsWith("PgmCluster.", StringComparison.Ordinal) != true)
        {
            await context.Invoke();
            return;
        }
        // From the first failure on: the call may have waited long for what then was lost.
        long? failing = null;
        var late = false;
        while (true)
        {
            try
            {
                await context.Invoke();
                return;
            }
            // A silo that is lost while it is to note where a grain is has the call cancelled, which nobody asked for.
            catch (Exception e) when (IsOfALostSilo(e) || (e is OperationCanceledException && !context.Request.IsCancellable))
            {
                failing ??= time.GetTimestamp();
                if (time.GetElapsedTime(failing.Value) > Patience)
                    throw new PgmException(
                        $"Calling {context.MethodName} of {ForeignText.Of($"{context.TargetId}")}: for {Patience.TotalSeconds:0} s it "
                        + "met a silo that is gone and has no successor yet. Check that the cluster's silos run ('pgm workers'), then try "
                        + "again.")
                    {
                        Code = PgmErrorCode.Unavailable,
                    };
            }
            catch (TimeoutException) when (!late)
            {
                late = true;
                continue;
            }
            await Task.Delay(s_pause, time);
        }
    }

    private static bool IsOfALostSilo(Exception exception) =>
        exception is OrleansMessageRejectionException or SiloUnavailableException or ConnectionFailedException;
}
