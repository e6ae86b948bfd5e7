using PgmCluster.Data;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Gangs.Nccl;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Modeling.Optimization;
using PgmCluster.Modeling.Runtime;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Training;

/// <summary>
/// Work item <see cref="WorkKinds.Train"/>: a training run from its newest checkpoint to its last step, alone or as a member of a gang. A
/// member that is not the first of its gang returns an empty result.
/// </summary>
public sealed class TrainItem(TrainWork work) : IWorkItem
{
    /// <summary>Finds NCCL for a device, or refuses it. Replaced in tests.</summary>
    internal Func<string, INccl> NcclFor { get; init; } = NcclLibrary.For;

    public KernelSettings Kernels
    {
        get
        {
            var numerics = SpecificationJson.Parse(work.Specification).Numerics;
            return new KernelSettings(numerics.Tf32, numerics.Deterministic, numerics.Benchmark);
        }
    }

    public string Run(WorkContext context)
    {
        var specification = SpecificationJson.Parse(work.Specification);
        var lanes = TrainingStep.LanesOf(specification, context.Cores, context.Device.Name);
        OutOfMemoryException? Explain(Exception e) => MemoryShortage.Explain(e, specification, context.Device, lanes);
        CheckNumerics(specification.Numerics, context.Device);
        MemoryShortage.Check(specification, context.Device, lanes, context.Warn);
        try
        {
            return Run(context, specification);
        }
        catch (WorkFaultedException e) when (Explain(e.InnerException!) is { } explained)
        {
            throw new WorkFaultedException(e.Unit, explained);
        }
        catch (Exception e) when (Explain(e) is { } explained)
        {
            throw explained;
        }
    }

    private string Run(WorkContext context, TrainingSpecification specification)
    {
        // A run needs the memory itself.
        context.Models.Clear();
        var nccl = specification.Training.UsesNccl ? NcclFor(context.Device.Name) : null;
        if (nccl is not null && !specification.Training.AddsInOrder)
            context.Warn(
                $"Run {work.RunId} was specified with training.exchange=nccl: "
                + $"NCCL {nccl.Version} sums in an order of its own, so its bits are not reproducible.");
        set_num_threads(specification.Numerics.Threads);
        using var scope = NewDisposeScope();
        using var task = ModelKinds.Get(specification.Kind).CreateTask(specification, work, context);
        using var state = new TrainingState(task.Model, specification.Training, specification.Numerics);
        using var checkpoints = new CheckpointWriter(work, context, TimeSpan.FromSeconds(specification.Training.CheckpointSeconds));
        using var step = new TrainingStep(specification, task, state, context.Cores, context.Device.Name);
        var parts = new TrainingParts(work, context, specification, task, state, checkpoints, step);
        try
        {
            if (!work.AsIs) return new TrainingLoop(parts, context.Gang, nccl).Run();
            parts.LoadNewest(work.Checkpoints);
            return WorkJson.Write(TrainingOutcome.Make(parts));
        }
        catch (Exception e) when (WorkFaultedException.IsFault(e))
        {
            throw new WorkFaultedException(state.Step, e);
        }
    }

    private static void CheckNumerics(NumericsSettings wanted, ComputeDevice device)
    {
        if (wanted.UsesFusedOptimizer && FusedAdamW.Problem is { } problem)
            throw new BadInputException(
                $"Starting the run on this device: it was specified with the fused optimizer, which cannot be used here ({problem}). "
                + "Use another device, or start a new run with --set numerics.optimizer=managed.");
        device.Require(wanted.ComputeType);
        if (wanted.RoundsProducts) device.RequireBFloat16Products();
        if (wanted.Exactness == "relaxed") return;
        if (wanted.Version != NumericsSettings.CurrentVersion)
            throw new BadInputException(
                $"Starting the run on this device: it was begun by a program whose numerics have version {wanted.Version}; "
                + $"this program's have {NumericsSettings.CurrentVersion}, and it would get other bits. "
                + "Finish it with that program, or begin a new run from its weights with --from.");
        var withInstructions = wanted.UsesBFloat16;
        string Describe(string model, string libtorch, string instructions) =>
            $"{ComputeDevice.NumericsOf(model, libtorch)}{(withInstructions ? $", bfloat16 by {instructions}" : "")}";
        var (here, there) = (Describe(device.Model, NativeRuntime.LibtorchVersion, device.BFloat16), Describe(
            wanted.Cpu, wanted.Libtorch, wanted.Bfloat16));
        if (here == there) return;
        // Runs of older versions name the instruction set only.
        if (!wanted.Cpu.Contains(' ', StringComparison.Ordinal) && here.StartsWith(wanted.Cpu + " ", StringComparison.Ordinal)
            && there == Describe(wanted.Cpu, NativeRuntime.LibtorchVersion, device.BFloat16))
            return;
        throw new BadInputException(
            $"Starting the run on this device: it computes with {here}; the run was specified for {there}, and would get other bits. "
            + "Use a device of that kind, or a new run with --set numerics.exactness=relaxed.");
    }
}
