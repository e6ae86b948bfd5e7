using System.Globalization;
using PgmCluster.Data;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;

namespace PgmCluster.Execution.Training;

/// <summary>What is said where a run does not fit its device: before it begins, and where memory ran out.</summary>
internal static class MemoryShortage
{
    /// <summary>How libtorch, cuBLAS, cuDNN and the CUDA runtime say it.</summary>
    private static readonly string[] Signs =
        ["out of memory", "can't allocate memory", "not enough memory", "STATUS_ALLOC_FAILED", "cudaErrorMemoryAllocation"];

    /// <summary>libtorch's own call stack, which follows its message.</summary>
    private static readonly string[] CallStack = ["Exception raised from", "\nframe #"];

    /// <summary>
    /// Compares the estimate with the device's memory. What is there all the time is known exactly, the activations are not.
    /// </summary>
    /// <param name="specification">The run's.</param>
    /// <param name="device">Where it is to run.</param>
    /// <param name="lanes">Micro-batches at a time.</param>
    /// <param name="warn">Told in one line where all together may be too much.</param>
    /// <exception cref="BadInputException">Weights and optimizer alone are more than the device has.</exception>
    public static void Check(TrainingSpecification specification, ComputeDevice device, int lanes, Action<string> warn)
    {
        var (estimate, has) = (MemoryEstimate.Of(specification, lanes), device.MemoryBytes);
        if (estimate.State > has)
        {
            throw new BadInputException(
                $"Starting the run on {device.Name}: whatever the batch it takes {MemoryEstimate.Gigabytes(estimate.State)} GB "
                + $"for weights, gradients and optimizer, and {device.Name} has {MemoryEstimate.Gigabytes(has)} GB. Use a "
                + $"device with more memory, or a smaller model.");
        }
        if (estimate.Total <= has) return;
        warn(
            $"Starting the run on {device.Name}: memory may run out, the estimate is {estimate}, and {device.Name} has "
            + $"{MemoryEstimate.Gigabytes(has)} GB. "
            + $"{MemoryEstimate.Remedy(specification)}.");
    }

    /// <summary>
    /// The failure with what was expected, what was reached and which setting helps, where memory ran out; otherwise null.
    /// </summary>
    public static OutOfMemoryException? Explain(Exception e, TrainingSpecification specification, ComputeDevice device, int lanes)
    {
        if (e is not OutOfMemoryException && !Signs.Any(sign => e.Message.Contains(sign, StringComparison.OrdinalIgnoreCase))) return null;
        var said = e.Message.Split(CallStack, StringSplitOptions.None)[0].ReplaceLineEndings(" ").Trim();
        var peak = string.Create(
            CultureInfo.InvariantCulture,
            $"{(device.Gpu is null ? "the process held up to" : "taken of it are")} {DeviceMemory.PeakMegabytes(device) / 1000:0.0} GB");
        return new OutOfMemoryException(
            $"Training with {specification.Training.PerMicroBatch} examples a micro-batch on {device.Name}, "
            + $"which has {MemoryEstimate.Gigabytes(device.MemoryBytes)} GB: {said} The estimate was "
            + $"{MemoryEstimate.Of(specification, lanes)}; {peak}. {MemoryEstimate.Remedy(specification)}.", e);
    }
}
