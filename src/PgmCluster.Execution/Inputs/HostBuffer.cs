using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Inputs;

/// <summary>
/// Memory of the host in which something for a device is made. A thread of the device's makes it and takes it to the device; in between
/// any thread may fill it, since that touches bytes only. For a GPU it is pinned: the GPU fetches it while the host goes on, and
/// libtorch's allocator of pinned memory hands a buffer that was disposed to nobody before the copies from it are done.
/// </summary>
internal sealed unsafe class HostBuffer<T> : IDisposable where T : unmanaged
{
    private readonly Tensor _memory;
    private readonly Device _device;
    private readonly T* _start;
    private readonly int _count;

    /// <param name="device">Where the content is going.</param>
    /// <param name="type">As libtorch calls <typeparamref name="T"/>.</param>
    /// <param name="shape">Of the tensor.</param>
    public HostBuffer(Device device, ScalarType type, params long[] shape)
    {
        using var scope = NewDisposeScope();
        var memory = empty(shape, dtype: type, device: CPU);
        if (device.type == DeviceType.CUDA) memory = memory.pin_memory();
        var bytes = memory.bytes;
        (_device, _count) = (device, bytes.Length / sizeof(T));
        _start = (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(bytes));
        _memory = memory.DetachFromDisposeScope();
    }

    /// <summary>The content, to be filled before it is taken to the device, and not after <see cref="Dispose"/>.</summary>
    public Span<T> Values => new(_start, _count);

    /// <summary>The memory itself, as a tensor on the CPU.</summary>
    public Tensor OnHost => _memory;

    public long Bytes => (long)_count * sizeof(T);

    /// <summary>The content on the device, the memory itself where that is the CPU. The host does not wait for the copy.</summary>
    public Tensor ToDevice() => _device.type == DeviceType.CPU ? _memory : _memory.to(_device, non_blocking: true);

    public void Dispose() => _memory.Dispose();
}
