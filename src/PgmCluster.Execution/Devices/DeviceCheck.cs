using PgmCluster.Data;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Devices;

/// <summary>
/// Whether a device computes: a small product, whose place and value are compared. Runs on the thread that owns the device.
/// </summary>
internal static class DeviceCheck
{
    private const int Size = 64;

    /// <summary>Multiplies [64,64] by [64,64] in float32, of small integers: exact in every order of summing, and in TF32.</summary>
    /// <param name="device">The device.</param>
    /// <param name="product">How it is made; replaced in tests.</param>
    /// <exception cref="BadInputException">The device cannot be used, or computed something else.</exception>
    public static void Run(ComputeDevice device, Func<Tensor, Tensor, Tensor>? product = null)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        int A(int row, int column) => (row * 5 + column * 3) % 7 - 3;
        int B(int row, int column) => (row * 2 + column * 5) % 11 - 5;
        try
        {
            var (a, b) = (Made(A, device.Torch), Made(B, device.Torch));
            var c = (product ?? ((x, y) => x.matmul(y)))(a, b);
            if (c.device_type != device.Torch.type || (!device.IsCpu && c.device_index != device.Torch.index))
                throw new BadInputException(
                    $"Checking {Described(device)}: a product of its tensors is on {c.device}, not on the device. {Advice}");
            var values = HostRead.Values<float>(c);
            for (var i = 0; i < values.Length; i++)
            {
                var expected = 0;
                for (var k = 0; k < Size; k++) expected += A(i / Size, k) * B(k, i % Size);
                if (values[i] != expected)
                    throw new BadInputException(
                        $"Checking {Described(device)}: element ({i / Size}, {i % Size}) of a product is {values[i]:R} instead of "
                        + $"{expected}. {Advice}");
            }
        }
        catch (Exception e) when (e is not BadInputException)
        {
            throw new BadInputException($"Opening {Described(device)}: {e.Message.Split('\n')[0].Trim()} {Advice}", e);
        }
    }

    private const string Advice = "Leave it out of PGM_DEVICES (Pgm:Devices) and look at 'nvidia-smi -q' and the kernel's log.";

    private static string Described(ComputeDevice device) =>
        device.Gpu is { } gpu ? $"{device.Name} ({gpu.Name}, {gpu.Uuid}, driver {gpu.Driver})" : $"{device.Name} ({device.Model})";

    private static Tensor Made(Func<int, int, int> value, Device device) =>
        tensor([.. Enumerable.Range(0, Size * Size).Select(i => (float)value(i / Size, i % Size))], [Size, Size], device: device);
}
