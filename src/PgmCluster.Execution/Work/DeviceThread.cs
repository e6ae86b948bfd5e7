using System.Collections.Concurrent;
using PgmCluster.Data;
using PgmCluster.Execution.Devices;
using PgmCluster.Modeling.Runtime;

namespace PgmCluster.Execution.Work;

/// <summary>
/// The one thread on which everything of a device happens. Every TorchSharp call is made here: scopes are thread-static, and each
/// calling thread would otherwise get an OpenMP team of its own. Below normal priority on CPUs, so that the silo stays responsive.
/// </summary>
public sealed class DeviceThread : IDisposable
{
    private readonly BlockingCollection<(Action Run, Action Cancel)> _items = [];
    private readonly Action<ComputeDevice> _check;
    private readonly Thread _thread;
    private readonly TimeSpan _keepFor;
    private bool _isOpen;

    /// <param name="device">The device that the thread owns.</param>
    /// <param name="check">
    /// Throws a <see cref="BadInputException"/> where the device does not compute; null compares a small product.
    /// </param>
    /// <param name="keepFor">How long models of the work before are kept while there is none; null for 30 s.</param>
    public DeviceThread(ComputeDevice device, Action<ComputeDevice>? check = null, TimeSpan? keepFor = null)
    {
        Device = device;
        Models = new KeptModels(device.KeptBytes);
        _keepFor = keepFor ?? TimeSpan.FromSeconds(30);
        _check = check ?? (d => DeviceCheck.Run(d));
        _thread = new Thread(Loop) { IsBackground = true, Name = $"pgm-{device.Name}" };
        _thread.Start();
    }

    public ComputeDevice Device { get; }

    /// <summary>What is kept between pieces of work; used by the thread only.</summary>
    internal KeptModels Models { get; }

    /// <summary>
    /// Opens the device: libtorch is loaded, and a small product is compared. Happens once, before its first work at the latest.
    /// </summary>
    /// <exception cref="BadInputException">The device cannot be used.</exception>
    public Task Open() => Enqueue(() =>
    {
        OpenOnce();
        return true;
    });

    /// <summary>Asks after the work in progress whether the device still computes rightly, such as after a failure on it.</summary>
    /// <returns>Null where it does, else what is wrong, in one line.</returns>
    public Task<string?> CheckDevice() => Enqueue<string?>(() =>
    {
        try
        {
            OpenOnce();
            _check(Device);
            return null;
        }
        catch (BadInputException e)
        {
            return e.Message;
        }
    });

    /// <summary>
    /// Runs the item with the kernels it asks for, after those given before. The task ends with the item's result or exception; its
    /// continuations run elsewhere.
    /// </summary>
    public Task<string> Run(IWorkItem item, WorkContext context) => Enqueue(() =>
    {
        OpenOnce();
        context.ThrowIfInterrupted();
        context.Models = Models;
        try
        {
            using var kernels = KernelUse.Take(Device, item.Kernels);
            return item.Run(context);
        }
        catch (Exception e) when (e is not (WorkInterruptedException or OperationCanceledException))
        {
            // Memory may be what was missing, or a weight what was wrong.
            Models.Clear();
            throw;
        }
    });

    /// <summary>Runs anything else on the device's thread, opening the device first.</summary>
    /// <exception cref="BadInputException">The device cannot be used.</exception>
    internal Task Run(Action work) => Enqueue(() =>
    {
        OpenOnce();
        work();
        return true;
    });

    /// <summary>Ends the thread after the present item; items behind it are cancelled.</summary>
    public void Dispose()
    {
        _items.CompleteAdding();
        while (_items.TryTake(out var item)) item.Cancel();
    }

    private Task<T> Enqueue<T>(Func<T> work)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _items.Add((() =>
        {
            try
            {
                completion.TrySetResult(work());
            }
            catch (Exception e)
            {
                completion.TrySetException(e);
            }
        }, () => completion.TrySetCanceled()));
        return completion.Task;
    }

    private void OpenOnce()
    {
        if (_isOpen) return;
        NativeRuntime.PrepareDeviceThread(NativeRuntime.DefaultThreads, lowerPriority: Device.IsCpu);
        _check(Device);
        _isOpen = true;
    }

    private void Loop()
    {
        while (!_items.IsCompleted)
        {
            if (_items.TryTake(out var item, Models.Count > 0 ? _keepFor : Timeout.InfiniteTimeSpan)) item.Run();
            else Models.Clear();
            // What the item used and freed was kept for it alone.
            if (_isOpen) NativeRuntime.ReleaseMemory();
        }
        Models.Clear();
    }
}
