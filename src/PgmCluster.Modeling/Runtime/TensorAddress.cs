using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Runtime;

/// <summary>Where a tensor's memory is, on whatever device: TorchSharp says it for the CPU's only.</summary>
public static class TensorAddress
{
    /// <summary>Valid as long as the tensor lives.</summary>
    /// <exception cref="InvalidOperationException">libtorch does not say.</exception>
    public static nint Of(Tensor tensor)
    {
        var error = aoti_torch_get_data_ptr(tensor.Handle, out var address);
        GC.KeepAlive(tensor);
        return error == 0 ? address : throw new InvalidOperationException(
            "Reading a tensor's address: libtorch gave none. Report it: only tensors with memory of their own come here.");
    }

    [DllImport("torch_cpu")]
    private static extern int aoti_torch_get_data_ptr(nint tensor, out nint address);
}
