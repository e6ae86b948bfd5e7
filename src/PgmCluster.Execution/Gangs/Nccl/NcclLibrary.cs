using System.Runtime.InteropServices;
using PgmCluster.Data;

namespace PgmCluster.Execution.Gangs.Nccl;

/// <summary>
/// NCCL as it is installed. The CUDA builds of libtorch that TorchSharp's packages carry have it inside libtorch_cuda.so; others lie beside
/// it or in the system as libnccl.so.2. The CUDA runtime is found through libtorch_cuda.so, whichever name it was shipped under: so it is
/// the one that libtorch uses.
/// </summary>
internal sealed unsafe class NcclLibrary : INccl
{
    private const string FileName = "libnccl.so.2";
    private const string Instead = "or start a new run with --set training.exchange=exact.";

    /// <summary>2.14: the first whose communicators need not block.</summary>
    private const int OldestVersion = 21400;

    /// <summary>ncclFloat32 and ncclSum.</summary>
    private const int Float32 = 7, Sum = 0;

    private static readonly Lazy<NcclLibrary> Installed = new(
        () => Load("torch_cuda", [Path.Combine(AppContext.BaseDirectory, FileName), FileName]));

    private readonly delegate* unmanaged[Cdecl]<UniqueId*, NcclResult> _getUniqueId;
    private readonly delegate* unmanaged[Cdecl]<nint*, int, UniqueId, int, Config*, NcclResult> _commInitRankConfig;
    private readonly delegate* unmanaged[Cdecl]<nint, NcclResult*, NcclResult> _commGetAsyncError;
    private readonly delegate* unmanaged[Cdecl]<nint, nint, nuint, int, int, nint, nint, NcclResult> _allReduce;
    private readonly delegate* unmanaged[Cdecl]<NcclResult> _groupStart, _groupEnd;
    private readonly delegate* unmanaged[Cdecl]<nint, nuint, int, int, nint, nint, NcclResult> _send, _receive;
    private readonly delegate* unmanaged[Cdecl]<nint, NcclResult> _commAbort;
    private readonly delegate* unmanaged[Cdecl]<NcclResult, nint> _getErrorString;
    private readonly delegate* unmanaged[Cdecl]<int, int> _setDevice;
    private readonly delegate* unmanaged[Cdecl]<nint, int> _streamSynchronize;
    private readonly delegate* unmanaged[Cdecl]<int, nint> _getCudaErrorString;

    private NcclLibrary(nint nccl, nint cuda)
    {
        var version = 0;
        var result = ((delegate* unmanaged[Cdecl]<int*, NcclResult>)Export(nccl, "ncclGetVersion"))(&version);
        // Up to 2.8 the minor version had one digit.
        Version = version < 10_000
            ? $"{version / 1000}.{version / 100 % 10}.{version % 100}"
            : $"{version / 10_000}.{version / 100 % 100}.{version % 100}";
        if (result != NcclResult.Success || version < OldestVersion)
            throw new BadInputException(
                $"Loading NCCL for training.exchange: version {Version} is installed, and 2.14 is the oldest that will do. "
                + $"Install a newer one, {Instead}");

        _getUniqueId = (delegate* unmanaged[Cdecl]<UniqueId*, NcclResult>)Export(nccl, "ncclGetUniqueId");
        _commInitRankConfig = (delegate* unmanaged[Cdecl]<nint*, int, UniqueId, int, Config*, NcclResult>)Export(
            nccl, "ncclCommInitRankConfig");
        _commGetAsyncError = (delegate* unmanaged[Cdecl]<nint, NcclResult*, NcclResult>)Export(nccl, "ncclCommGetAsyncError");
        _allReduce = (delegate* unmanaged[Cdecl]<nint, nint, nuint, int, int, nint, nint, NcclResult>)Export(nccl, "ncclAllReduce");
        _groupStart = (delegate* unmanaged[Cdecl]<NcclResult>)Export(nccl, "ncclGroupStart");
        _groupEnd = (delegate* unmanaged[Cdecl]<NcclResult>)Export(nccl, "ncclGroupEnd");
        _send = (delegate* unmanaged[Cdecl]<nint, nuint, int, int, nint, nint, NcclResult>)Export(nccl, "ncclSend");
        _receive = (delegate* unmanaged[Cdecl]<nint, nuint, int, int, nint, nint, NcclResult>)Export(nccl, "ncclRecv");
        _commAbort = (delegate* unmanaged[Cdecl]<nint, NcclResult>)Export(nccl, "ncclCommAbort");
        _getErrorString = (delegate* unmanaged[Cdecl]<NcclResult, nint>)Export(nccl, "ncclGetErrorString");
        _setDevice = (delegate* unmanaged[Cdecl]<int, int>)Export(cuda, "cudaSetDevice");
        _streamSynchronize = (delegate* unmanaged[Cdecl]<nint, int>)Export(cuda, "cudaStreamSynchronize");
        _getCudaErrorString = (delegate* unmanaged[Cdecl]<int, nint>)Export(cuda, "cudaGetErrorString");
    }

    public string Version { get; }

    /// <summary>What a device's member of a gang sums with.</summary>
    /// <exception cref="BadInputException">It is no CUDA device, or NCCL is not there; says what is missing.</exception>
    public static INccl For(string device) => device.StartsWith("cuda", StringComparison.Ordinal)
        ? Installed.Value
        : throw new BadInputException(
            $"Starting the run on {device}: its training.exchange is by NCCL, which knows CUDA devices only. "
            + $"Use such devices, {Instead}");

    /// <param name="torch">libtorch's CUDA library, by name or path.</param>
    /// <param name="elsewhere">Where NCCL is looked for if that one has none in it, in this order.</param>
    /// <exception cref="BadInputException">Something is missing; says what.</exception>
    internal static NcclLibrary Load(string torch, IReadOnlyList<string> elsewhere)
    {
        if (!NativeLibrary.TryLoad(torch, typeof(NcclLibrary).Assembly, null, out var cuda))
            throw new BadInputException(
                $"Loading NCCL for training.exchange: libtorch's CUDA library ({torch}) cannot be loaded. "
                + $"Build with -p:TorchBackend=cuda, {Instead}");
        nint nccl = 0;
        if (HasNccl(cuda)) nccl = cuda;
        foreach (var place in elsewhere)
        {
            if (nccl == 0 && NativeLibrary.TryLoad(place, out var found) && HasNccl(found)) nccl = found;
        }
        if (nccl == 0)
            throw new BadInputException(
                "Loading NCCL for training.exchange: "
                + $"it is not in {torch}, and none was found as {string.Join(" or as ", elsewhere)}. "
                + $"Install NCCL 2.14 or later (package libnccl2), {Instead}");
        return new NcclLibrary(nccl, cuda);
    }

    public NcclResult GetUniqueId(Span<byte> id)
    {
        UniqueId made;
        var result = _getUniqueId(&made);
        MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref made, 1)).CopyTo(id);
        return result;
    }

    public NcclResult CommInitRank(out nint communicator, int size, ReadOnlySpan<byte> id, int rank)
    {
        // NCCL takes a configuration by the size and version that it says it has: the fields of later versions get their defaults.
        var config = new Config { Size = (nuint)sizeof(Config), Magic = 0xCAFEBEEF, Version = OldestVersion, Blocking = 0 };
        nint made = 0;
        var result = _commInitRankConfig(&made, size, MemoryMarshal.Read<UniqueId>(id), rank, &config);
        communicator = made;
        return result;
    }

    public NcclResult CommGetAsyncError(nint communicator, out NcclResult state)
    {
        NcclResult now;
        var result = _commGetAsyncError(communicator, &now);
        state = now;
        return result;
    }

    public NcclResult AllReduce(nint send, nint receive, long count, nint communicator) =>
        _allReduce(send, receive, (nuint)count, Float32, Sum, communicator, 0);

    public NcclResult GroupStart() => _groupStart();

    public NcclResult GroupEnd() => _groupEnd();

    public NcclResult Send(nint from, long count, int peer, nint communicator) =>
        _send(from, (nuint)count, Float32, peer, communicator, 0);

    public NcclResult Receive(nint into, long count, int peer, nint communicator) =>
        _receive(into, (nuint)count, Float32, peer, communicator, 0);

    public NcclResult CommAbort(nint communicator) => _commAbort(communicator);

    public string GetErrorString(NcclResult result) => Marshal.PtrToStringUTF8(_getErrorString(result)) ?? "unknown error";

    public int SetDevice(int device) => _setDevice(device);

    public int StreamSynchronize() => _streamSynchronize(0);

    public string GetCudaErrorString(int error) => Marshal.PtrToStringUTF8(_getCudaErrorString(error)) ?? "unknown error";

    private static bool HasNccl(nint library) => NativeLibrary.TryGetExport(library, "ncclGetVersion", out _);

    private static nint Export(nint library, string name) => NativeLibrary.TryGetExport(library, name, out var address)
        ? address
        : throw new BadInputException(
            $"Loading NCCL for training.exchange: the installed libraries lack {name}. "
            + $"Install NCCL 2.14 or later and a CUDA build of libtorch, {Instead}");

    /// <summary>ncclUniqueId, which is passed by value.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct UniqueId
    {
        public fixed byte Bytes[INccl.IdSize];
    }

    /// <summary>ncclConfig_t as of NCCL 2.14.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Config
    {
        public nuint Size;
        public uint Magic;
        public uint Version;
        public int Blocking;
    }
}
