using System.Diagnostics;

namespace PgmCluster.Execution.Faults;

/// <summary>
/// Places in the code where tests have a process stand still or have something go wrong. Where nobody listens a place costs one comparison;
/// published programs (see <c>PgmFaults</c> in the project's file) have no such places.
/// </summary>
internal static class FaultPoint
{
#if PGM_FAULTS
    /// <summary>
    /// Called on the thread that is at a place; null but in tests, whose startup hook sets it before anything runs (PgmCluster.Faults).
    /// </summary>
    public static Action<FaultPlace>? Handler { get; set; }
#endif

    /// <summary>The calling thread is here.</summary>
    /// <param name="point">Name of the place.</param>
    /// <param name="work">What is done there: a run's id, or the name of what is made.</param>
    /// <param name="rank">The member's rank.</param>
    /// <param name="step">The step.</param>
    /// <param name="subject">What the place works on.</param>
    [Conditional("PGM_FAULTS")]
    public static void Reached(string point, string work = "", int rank = 0, long step = 0, object? subject = null)
    {
#if PGM_FAULTS
        Handler?.Invoke(new FaultPlace(point, work, rank, step, subject));
#endif
    }
}
