using System.ComponentModel;
using System.Diagnostics;
using PgmCluster.Data;
using PgmCluster.Execution.Gangs.Nccl;
using PgmCluster.Execution.Wire;
using PgmCluster.Modeling.Runtime;
using PgmCluster.TestSupport;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tests.Gangs.Nccl;

/// <summary>How NCCL is found and called. A library in C, compiled by the test, checks what it is passed.</summary>
public sealed class NcclLibraryTests : IDisposable
{
    private const string Nowhere = "/nowhere/libnccl.so.2";

    /// <summary>NCCL's and the CUDA runtime's functions over the CPU's memory; as if all three ranks summed the same.</summary>
    private const string Source = """
        #include <stddef.h>
        struct id { char bytes[128]; };
        struct config { size_t size; unsigned magic; unsigned version; int blocking; };
        static int communicator;
        int ncclGetVersion(int *version) { *version = VERSION; return 0; }
        int ncclGetUniqueId(struct id *id) { for (int i = 0; i < 128; i++) id->bytes[i] = (char)(i + 1); return 0; }
        int ncclCommInitRankConfig(void **made, int size, struct id id, int rank, struct config *config)
        {
            for (int i = 0; i < 128; i++) if (id.bytes[i] != (char)(i + 1)) return 1;
            if (size != 3 || rank != 2) return 2;
            if (config->size < 20 || config->magic != 0xcafebeefu || config->version != 21400 || config->blocking != 0) return 3;
            *made = &communicator;
            return 7;
        }
        int ncclCommGetAsyncError(void *of, int *state) { *state = 0; return of == &communicator ? 0 : 4; }
        int ncclAllReduce(const float *send, float *receive, size_t count, int type, int operation, void *of, void *stream)
        {
            if (type != 7 || operation != 0 || of != &communicator || stream) return 4;
            for (size_t i = 0; i < count; i++) receive[i] = send[i] * 3;
            return 7;
        }
        static int grouped, sent;
        int ncclGroupStart(void) { grouped++; return 0; }
        int ncclGroupEnd(void) { grouped--; return 7; }
        static float there[8];
        int ncclSend(const float *from, size_t count, int type, int peer, void *of, void *stream)
        {
            if (type != 7 || peer != 1 || of != &communicator || stream || grouped != 1 || count > 8) return 4;
            for (size_t i = 0; i < count; i++) there[i] = from[i];
            sent = (int)count;
            return 0;
        }
        int ncclRecv(float *into, size_t count, int type, int peer, void *of, void *stream)
        {
            if (type != 7 || peer != 0 || of != &communicator || stream || grouped != 1 || (int)count != sent) return 4;
            for (size_t i = 0; i < count; i++) into[i] = there[i];
            return 0;
        }
        int ncclCommAbort(void *of) { return of == &communicator ? 0 : 4; }
        const char *ncclGetErrorString(int result) { return result == 4 ? "invalid argument" : "something else"; }
        int cudaSetDevice(int device) { return device == 1 ? 0 : 101; }
        int cudaStreamSynchronize(void *stream) { return stream ? 400 : 0; }
        const char *cudaGetErrorString(int error) { return error == 101 ? "invalid device ordinal" : "something else"; }
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-nccl-").FullName;

    [Fact]
    public void Load_WithoutCudaLibtorch_SaysHowToBuildWithIt()
    {
        var refusal = Assert.Throws<BadInputException>(() => NcclLibrary.Load("torch_cuda_of_nowhere", [Nowhere]));
        Assert.Contains("torch_cuda_of_nowhere", refusal.Message);
        Assert.Contains("-p:TorchBackend=cuda", refusal.Message);
        Assert.Contains("training.exchange=exact", refusal.Message);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [Fact]
    public void Load_WithoutNccl_SaysWhereItWasLookedForAndWhatToInstall()
    {
        // The CPU's part has no NCCL in it.
        var refusal = Assert.Throws<BadInputException>(() => NcclLibrary.Load("torch_cpu", [Nowhere]));
        Assert.Contains(Nowhere, refusal.Message);
        Assert.Contains("libnccl2", refusal.Message);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [Fact]
    public void Load_OldNccl_IsRefusedWithItsVersion()
    {
        var refusal = Assert.Throws<BadInputException>(() => NcclLibrary.Load(Compile(2708), []));
        Assert.Contains("version 2.7.8", refusal.Message);
        refusal = Assert.Throws<BadInputException>(() => NcclLibrary.Load(Compile(21304), []));
        Assert.Contains("version 2.13.4", refusal.Message);
    }

    [Fact]
    public void Load_NcclBesideLibtorch_IsTakenWhereLibtorchHasNone()
    {
        var refusal = Assert.Throws<BadInputException>(() => NcclLibrary.Load("torch_cpu", [Nowhere, Compile(22705)]));
        // It was found and read; the stand-in for libtorch's CUDA part has no CUDA runtime.
        Assert.Contains("lack cudaSetDevice", refusal.Message);
    }

    [Fact]
    public void Calls_PassWhatNcclTakes()
    {
        var library = NcclLibrary.Load(Compile(22705), []);
        var id = new byte[INccl.IdSize];
        Assert.Equal("2.27.5", library.Version);
        Assert.Equal(NcclResult.Success, library.GetUniqueId(id));

        var communicator = new NcclCommunicator(library, device: 1);
        communicator.Connect(size: 3, rank: 2, id);
        using var scope = NewDisposeScope();
        var (send, receive) = (tensor(new[] { 1f, -2f, 0.5f }), zeros(3));
        communicator.Sum(TensorAddress.Of(send), TensorAddress.Of(receive), 3);
        var moved = zeros(2);
        communicator.Move([
            new(IsSent: true, Peer: 1, TensorAddress.Of(send.narrow(0, 1, 2)), 2),
            new(IsSent: false, Peer: 0, TensorAddress.Of(moved), 2),
        ]);
        var refused = Assert.Throws<NcclException>(() => communicator.Move([new(IsSent: true, Peer: 0, TensorAddress.Of(send), 3)]));
        // The refused group was ended: this one is one of its own.
        communicator.Move([new(IsSent: true, Peer: 1, TensorAddress.Of(send), 3)]);
        communicator.Abort();

        Assert.Equal([-2f, 0.5f], moved.data<float>().ToArray());
        Assert.Equal("Moving sums of gradients by NCCL: invalid argument (NCCL 2.27.5, code 4).", refused.Message);
        Assert.Equal([3f, -6f, 1.5f], receive.data<float>().ToArray());
        Assert.Contains("aborted", Assert.Throws<NcclException>(() => communicator.Sum(0, 0, 0)).Message);
    }

    [Fact]
    public void Calls_ThatFail_SayWhatNcclAndCudaSay()
    {
        var library = NcclLibrary.Load(Compile(22705), []);
        var id = new byte[INccl.IdSize];
        library.GetUniqueId(id);

        var noDevice = Assert.Throws<NcclException>(() => new NcclCommunicator(library, device: 7).Connect(3, 2, id));
        var noCommunicator = Assert.Throws<NcclException>(() => new NcclCommunicator(library, device: 1).Sum(0, 0, 0));

        Assert.Equal("Choosing cuda:7 for NCCL: invalid device ordinal (CUDA, code 101).", noDevice.Message);
        Assert.Equal("Summing gradients by NCCL: invalid argument (NCCL 2.27.5, code 4).", noCommunicator.Message);
    }

    [Fact]
    public void TensorAddress_OnACpu_IsWhereItsBytesAre()
    {
        using var scope = NewDisposeScope();
        var vector = arange(100, dtype: float32);
        Assert.Equal(NativeBlock.Of(vector).Address, TensorAddress.Of(vector));
        Assert.Equal(NativeBlock.Of(vector).Address + 4 * 7, TensorAddress.Of(vector.narrow(0, 7, 5)));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string Compile(int version)
    {
        var (source, library) = (Path.Combine(_directory, "nccl.c"), Path.Combine(_directory, $"libnccl-{version}.so.2"));
        File.WriteAllText(source, Source);
        try
        {
            using var compiler = Process.Start(
                new ProcessStartInfo(
                    "cc", ["-shared", "-fPIC", $"-DVERSION={version}", "-o", library, source])
                { RedirectStandardError = true })!;
            var errors = compiler.StandardError.ReadToEnd();
            compiler.WaitForExit();
            Assert.True(compiler.ExitCode == 0, errors);
        }
        catch (Win32Exception)
        {
            throw new SkippedException("there is no C compiler (cc) for a stand-in of NCCL");
        }
        return library;
    }
}
