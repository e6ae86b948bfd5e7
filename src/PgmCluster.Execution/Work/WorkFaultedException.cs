using PgmCluster.Data;

namespace PgmCluster.Execution.Work;

/// <summary>
/// Something failed that may be this device's fault or this machine's: memory, a driver, a disk. Another device may well do the work, so
/// the failure costs this one its part in it, not the work.
/// </summary>
/// <param name="unit">Units done when it happened.</param>
/// <param name="cause">What happened.</param>
public sealed class WorkFaultedException(long unit, Exception cause) : Exception(cause.Message, cause)
{
    /// <summary>Units done when it happened.</summary>
    public long Unit { get; } = unit;

    /// <summary>
    /// Whether an exception is of that kind: none that says what is wrong with the input, the numbers or the order to work.
    /// </summary>
    public static bool IsFault(Exception e) =>
        e is not (BadInputException or DataCorruptException or WorkParkedException or WorkFaultedException
            or WorkInterruptedException or OperationCanceledException);
}
