using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Doctor.Computation;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Doctor.Measurement;

/// <summary>What the device does without any model: matrix products and copies.</summary>
internal static class RawRates
{
    /// <summary>Products between two reads, so that the host's answer does not count.</summary>
    private const int ProductsPerRun = 4;

    /// <summary>Square products in every type of the device. On a CPU all its cores work on one.</summary>
    public static IReadOnlyList<ProductRate> Products(ComputeDevice device, MeasurementPlan plan, CancellationToken cancellation)
    {
        var rates = new List<ProductRate>();
        try
        {
            if (device.IsCpu) set_num_threads(device.Threads);
            foreach (var mode in ComputeMode.Of(device))
            {
                mode.Choose(device);
                using var scope = NewDisposeScope();
                using var _ = no_grad();
                var (a, b) = (Filled(plan.ProductSide, mode.Type, device), Filled(plan.ProductSide, mode.Type, device));
                var (seconds, _) = Timing.Median(() =>
                {
                    using var run = NewDisposeScope();
                    for (var i = 1; i < ProductsPerRun; i++) a.mm(b).Dispose();
                    Wait(a.mm(b));
                }, plan.TimeEach, cancellation);
                rates.Add(new ProductRate(mode.Name, plan.ProductSide, ProductsPerRun * 2e-12 * Math.Pow(plan.ProductSide, 3) / seconds));
            }
        }
        finally
        {
            // For MKL the number is the whole process'.
            if (device.IsCpu) set_num_threads(NativeRuntime.DefaultThreads);
            ComputeMode.Float32.Choose(device);
        }
        return rates;
    }

    /// <summary>Copies there and back.</summary>
    public static IReadOnlyList<CopyRate> Copies(ComputeDevice device, MeasurementPlan plan, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var there = zeros(plan.CopyBytes, dtype: uint8, device: device.Torch);
        var pageable = ones(plan.CopyBytes, dtype: uint8, device: CPU);
        var here = device.Gpu is null ? pageable : pageable.pin_memory();
        double Rate(Tensor into, Tensor from)
        {
            var (seconds, _) = Timing.Median(() =>
            {
                into.copy_(from);
                Wait(there);
            }, plan.TimeEach, cancellation);
            return plan.CopyBytes / 1e9 / seconds;
        }
        return device.IsCpu
            ? [new CopyRate("within memory", plan.CopyBytes, Rate(there, here))]
            :
            [
                new CopyRate("host to device", plan.CopyBytes, Rate(there, here)),
                new CopyRate("device to host", plan.CopyBytes, Rate(here, there)),
            ];
    }

    /// <summary>Returns once a tensor is computed: its first element is read.</summary>
    private static void Wait(Tensor tensor)
    {
        using var first = tensor.flatten()[0];
        using var read = HostRead.Copy(first);
    }

    private static Tensor Filled(int side, ScalarType type, ComputeDevice device) =>
        linspace(-1, 1, (long)side * side, dtype: float32, device: device.Torch).view(side, side).to_type(type);
}
