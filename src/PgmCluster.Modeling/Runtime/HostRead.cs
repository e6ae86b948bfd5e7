using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace PgmCluster.Modeling.Runtime;

/// <summary>
/// The only way from a device's memory to the host. Each read waits until the device has computed everything before it, so a step and a
/// sampler have few of them; they can be counted, by the member that reads (what is on the CPU already is no such read). On libtorch's
/// device without memory ("meta") zeros are read.
/// </summary>
public static class HostRead
{
    private static long _count;

    /// <summary>Reads of this process so far.</summary>
    public static long Count => Interlocked.Read(ref _count);

    /// <summary>Told of every read, by the name of the reading member; for tests.</summary>
    internal static event Action<string>? Happened;

    /// <summary>The value of a tensor with one element.</summary>
    public static T Scalar<T>(
        Tensor tensor, [CallerMemberName] string reader = "", [CallerFilePath] string file = "") where T : unmanaged =>
        Values<T>(tensor, reader, file)[0];

    /// <summary>All elements in order; the type must be the tensor's own.</summary>
    public static T[] Values<T>(Tensor tensor, [CallerMemberName] string reader = "", [CallerFilePath] string file = "") where T : unmanaged
    {
        using var scope = NewDisposeScope();
        var values = Copy(tensor, reader, file).data<T>().ToArray();
        return values;
    }

    /// <summary>A contiguous tensor on the CPU: the tensor itself where it is one already, so not to be written to.</summary>
    public static Tensor Copy(Tensor tensor, [CallerMemberName] string reader = "", [CallerFilePath] string file = "")
    {
        if (tensor.device_type != DeviceType.CPU)
        {
            Interlocked.Increment(ref _count);
            Happened?.Invoke($"{Path.GetFileNameWithoutExtension(file)}.{reader}");
        }
        if (tensor.device_type == DeviceType.META) return zeros(tensor.shape, dtype: tensor.dtype, device: CPU);
        using var scope = NewDisposeScope();
        return tensor.detach().cpu().contiguous().MoveToOuterDisposeScope();
    }
}
