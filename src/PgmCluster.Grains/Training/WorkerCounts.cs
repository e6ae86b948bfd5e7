using PgmCluster.Contracts.Errors;

namespace PgmCluster.Grains.Training;

/// <summary>How many devices may share a run.</summary>
internal static class WorkerCounts
{
    /// <param name="attempt">What is refused, such as "Starting run 'x'".</param>
    /// <param name="min">Devices without which it does not start.</param>
    /// <param name="max">Devices that it may use.</param>
    /// <exception cref="InvalidRequestException">There is no such range.</exception>
    public static void Check(string attempt, int min, int max)
    {
        if (min < 1 || max < min)
            throw new InvalidRequestException(
                $"{attempt}: it asks for {min} to {max} workers. "
                + "Ask for at least 1, and for a largest number that is not below the smallest.");
    }

    /// <param name="attempt">What is refused.</param>
    /// <param name="max">Devices that it may use.</param>
    /// <param name="microBatches">Parts of a batch: each is one device's.</param>
    /// <exception cref="InvalidRequestException">Some would have nothing to do.</exception>
    public static void CheckParts(string attempt, int max, int microBatches)
    {
        if (max > microBatches)
            throw new InvalidRequestException(
                $"{attempt}: it asks for up to {max} workers, and its batches are cut into {microBatches} micro-batches. "
                + $"Ask for at most {microBatches}, or set training.microBatches higher.");
    }
}
