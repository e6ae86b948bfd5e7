using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tests.Training;

/// <summary>
/// Counts the bytes of all tensors on the CPU, to the byte and whatever the machine's load: libtorch's CPU allocator is replaced by one
/// that hands every
/// call on. What the process holds depends on what malloc has kept from before.
/// </summary>
internal static unsafe class TensorMemory
{
    /// <summary>
    /// Of a C++ object with virtual functions: in front of the first are two words that describe its type. Then two destructors, the
    /// function that
    /// allocates, one that compares, the one that says what frees memory whose owner gave it up, and one that copies.
    /// </summary>
    private const int Described = 2, Allocating = 2, SayingWhatFrees = 4, Functions = 6;

    /// <summary>Words of libtorch's owner of memory (c10::DataPtr): data, the function that frees, what that is given.</summary>
    private const int Freeing = 1, Context = 2;

    private static readonly Lock Gate = new();
    private static readonly ConcurrentDictionary<nint, long> Blocks = new();
    private static delegate* unmanaged[Cdecl]<nint*, nint, nint, nint> _allocate;
    private static delegate* unmanaged[Cdecl]<nint, void> _free;
    private static nint _original, _counting;
    private static long _held, _peak;

    /// <summary>
    /// The most bytes that tensors made while something ran held at a time. Nothing else may run, and memory must not run out.
    /// </summary>
    public static long PeakOf(Action action)
    {
        lock (Gate)
        {
            Prepare();
            Blocks.Clear();
            Interlocked.Exchange(ref _held, 0);
            Interlocked.Exchange(ref _peak, 0);
            SetCpuAllocator(_counting, byte.MaxValue);
            try
            {
                action();
            }
            finally
            {
                SetCpuAllocator(_original, byte.MaxValue);
            }
            return Interlocked.Read(ref _peak);
        }
    }

    /// <summary>Once in a process, and never taken away: memory that it gave out comes back to it.</summary>
    private static void Prepare()
    {
        if (_original == 0)
        {
            zeros(1, device: CPU).Dispose();
            _original = GetCpuAllocator();
            var functions = *(nint**)_original;
            var table = (nint*)NativeMemory.Alloc((Described + Functions) * (nuint)sizeof(nint));
            new ReadOnlySpan<nint>(functions - Described, Described + Functions).CopyTo(new Span<nint>(table, Described + Functions));
            _allocate = (delegate* unmanaged[Cdecl]<nint*, nint, nint, nint>)functions[Allocating];
            table[Described + Allocating] = (nint)(delegate* unmanaged[Cdecl]<nint*, nint, nint, nint>)&Allocate;
            _free = ((delegate* unmanaged[Cdecl]<nint, delegate* unmanaged[Cdecl]<nint, void>>)functions[SayingWhatFrees])(_original);
            table[Described + SayingWhatFrees] = (nint)(delegate* unmanaged[Cdecl]<nint, nint>)&WhatFrees;
            var counting = (nint*)NativeMemory.AllocZeroed(64);
            *counting = (nint)(table + Described);
            _counting = (nint)counting;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Allocate(nint* owner, nint self, nint bytes)
    {
        _allocate(owner, _original, bytes);
        if (owner[Context] == 0) return (nint)owner;
        Blocks[owner[Context]] = bytes;
        owner[Freeing] = (nint)(delegate* unmanaged[Cdecl]<nint, void>)&Free;
        var held = Interlocked.Add(ref _held, bytes);
        for (var peak = Interlocked.Read(ref _peak); held > peak;)
        {
            var seen = Interlocked.CompareExchange(ref _peak, held, peak);
            if (seen == peak) break;
            peak = seen;
        }
        return (nint)owner;
    }

    /// <summary>oneDNN's scratch memory comes and goes without an owner.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint WhatFrees(nint self) => (nint)(delegate* unmanaged[Cdecl]<nint, void>)&Free;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Free(nint context)
    {
        if (Blocks.TryRemove(context, out var bytes)) Interlocked.Add(ref _held, -bytes);
        _free(context);
    }

    [DllImport("c10", EntryPoint = "_ZN3c1015GetCPUAllocatorEv")]
    private static extern nint GetCpuAllocator();

    [DllImport("c10", EntryPoint = "_ZN3c1015SetCPUAllocatorEPNS_9AllocatorEh")]
    private static extern void SetCpuAllocator(nint allocator, byte priority);
}
