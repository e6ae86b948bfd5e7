using System.Collections.Concurrent;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Runtime;

namespace PgmCluster.Execution.Devices;

/// <summary>
/// The one thread on which everything of a device happens. Every TorchSharp call is made here: scopes are thread-static, and each
/// calling thread would otherwise get an OpenMP team of its own. Below normal priority on CPUs, so that the silo stays responsive.
/// </summary>
public sealed class DeviceThread : IDisposable
{
    private readonly BlockingCollection<(IWorkItem Item, WorkContext Context, TaskCompletionSource<string> Completion)> _items = new();
    private readonly Thread _thread;

    public DeviceThread(ComputeDevice device)
    {
        Device = device;
        _thread = new Thread(Loop) { IsBackground = true, Name = $"pgm-{device.Name}" };
        _thread.Start();
    }

    public ComputeDevice Device { get; }

    /// <summary>Runs the item after those given before. The task ends with the item's result or exception; its continuations run elsewhere.</summary>
    public Task<string> Run(IWorkItem item, WorkContext context)
    {
        var completion = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _items.Add((item, context, completion));
        return completion.Task;
    }

    /// <summary>Ends the thread after the present item; items behind it are cancelled.</summary>
    public void Dispose()
    {
        _items.CompleteAdding();
        while (_items.TryTake(out var item)) item.Completion.TrySetCanceled();
    }

    private void Loop()
    {
        var prepared = false;
        foreach (var (item, context, completion) in _items.GetConsumingEnumerable())
        {
            try
            {
                if (!prepared)
                {
                    NativeRuntime.PrepareDeviceThread(NativeRuntime.DefaultThreads, lowerPriority: Device.Name.StartsWith("cpu", StringComparison.Ordinal));
                    prepared = true;
                }
                context.ThrowIfInterrupted();
                completion.TrySetResult(item.Run(context));
            }
            catch (Exception e)
            {
                completion.TrySetException(e);
            }
            // What the item used and freed was kept for it alone.
            if (prepared) NativeRuntime.ReleaseMemory();
        }
    }
}
