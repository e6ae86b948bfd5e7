using PgmCluster.Execution.Devices;

namespace PgmCluster.Execution.Work;

/// <summary>One piece of work for one device. Runs on the device's own thread from beginning to end.</summary>
public interface IWorkItem
{
    /// <summary>What is computed with on a GPU; chosen before <see cref="Run"/> is called.</summary>
    KernelSettings Kernels => KernelSettings.Default;

    /// <summary>Does the work.</summary>
    /// <returns>The result as JSON (<see cref="WorkJson"/>).</returns>
    /// <exception cref="WorkInterruptedException">The context asked to stop, or the item's owner refused a report.</exception>
    /// <exception cref="WorkDivergedException">NaN or infinity; the message names step and micro-batch.</exception>
    /// <exception cref="Data.BadInputException">The input is wrong: repeating cannot help.</exception>
    string Run(WorkContext context);
}
