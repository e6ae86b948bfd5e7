using System.Runtime.InteropServices;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Gangs.Nccl;

/// <summary>Where a tensor's memory is, on whatever device: TorchSharp says it for the CPU's only.</summary>
internal static class TensorAddress
{
    static TensorAddress() => NativeRuntime.ResolveLibtorch(typeof(TensorAddress).Assembly);

    /// <summary>Valid as long as the tensor lives.</summary>
    /// <exception cref="InvalidOperationException">libtorch does not say.</exception>
    public static nint Of(Tensor tensor)
    {
        var error = aoti_torch_get_data_ptr(tensor.Handle, out var address);
        GC.KeepAlive(tensor);
        return error == 0 ? address : throw new InvalidOperationException("libtorch refused a tensor's address");
    }

    [DllImport("torch_cpu")]
    private static extern int aoti_torch_get_data_ptr(nint tensor, out nint address);
}
