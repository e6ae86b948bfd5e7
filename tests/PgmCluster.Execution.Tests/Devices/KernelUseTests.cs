using PgmCluster.Data;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Tests.Placement;
using PgmCluster.Execution.Training;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Runtime;

namespace PgmCluster.Execution.Tests.Devices;

/// <summary>The choice is the process', and can be made without a GPU.</summary>
[Collection(nameof(AloneOnMeta))]
public sealed class KernelUseTests : IDisposable
{
    private static readonly KernelSettings Tf32 = KernelSettings.Default with { Tf32 = true };
    private readonly TestRuns _runs = new();
    private readonly DeviceThread _first = new(Gpu(0), _ => { }), _second = new(Gpu(1), _ => { });

    /// <summary>libtorch's own default rounds convolutions to TF32, and what a run chose outlived it.</summary>
    [Fact]
    public async Task Run_WorkThatAsksForNothing_ComputesWithTheDefaultWhateverWasChosenBefore()
    {
        CudaKernels.Choose(tf32: true, deterministic: false, benchmark: true);

        Assert.Equal("(False, True, False)", await _first.Run(new Item(KernelSettings.Default), _runs.Context(device: Gpu(0))));
        Assert.Equal("(True, True, False)", await _first.Run(new StorageFirst(new Item(Tf32)), _runs.Context(device: Gpu(0))));
        Assert.Equal("(False, True, False)", await _first.Run(new Item(KernelSettings.Default), _runs.Context(device: Gpu(0))));
    }

    [Fact]
    public async Task Run_AnotherDeviceComputesWithOtherKernels_IsRefusedUntilItHasEnded()
    {
        using var gate = new ManualResetEventSlim();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var holding = _first.Run(new Item(Tf32, () =>
        {
            begun.SetResult();
            gate.Wait();
        }), _runs.Context(device: Gpu(0)));
        await begun.Task;

        var refused = await Assert.ThrowsAsync<BadInputException>(
            () => _second.Run(new Item(KernelSettings.Default), _runs.Context(device: Gpu(1))));
        Assert.Contains("cuda:1", refused.Message, StringComparison.Ordinal);
        Assert.Contains("cuda:0 of this process computes with tf32=true", refused.Message, StringComparison.Ordinal);
        Assert.Equal("(True, True, False)", await _second.Run(new Item(Tf32), _runs.Context(device: Gpu(1))));

        gate.Set();
        await holding;
        Assert.Equal("(False, True, False)", await _second.Run(new Item(KernelSettings.Default), _runs.Context(device: Gpu(1))));
    }

    [Fact]
    public void Kernels_OfATrainingRun_AreItsSpecifications()
    {
        var set = new Dictionary<string, string>
        {
            ["numerics.tf32"] = "true",
            ["numerics.deterministic"] = "false",
            ["numerics.benchmark"] = "true",
            ["numerics.exactness"] = "relaxed",
        };

        Assert.Equal(new KernelSettings(true, false, true), new TrainItem(TestRuns.Work("classifier", 1, set)).Kernels);
        Assert.Equal(KernelSettings.Default, new TrainItem(TestRuns.Work("classifier", 1)).Kernels);
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        _runs.Dispose();
        CudaKernels.Choose(tf32: false, deterministic: false, benchmark: false);
    }

    private static ComputeDevice Gpu(int index) =>
        ComputeDevice.Cuda(index, new GpuFacts("Test GPU", 1L << 36, 9, 0, $"GPU-{index}", "570, CUDA 12.8"));

    private sealed class Item(KernelSettings kernels, Action? meanwhile = null) : IWorkItem
    {
        public KernelSettings Kernels => kernels;

        public string Run(WorkContext context)
        {
            meanwhile?.Invoke();
            return CudaKernels.Chosen().ToString();
        }
    }
}
