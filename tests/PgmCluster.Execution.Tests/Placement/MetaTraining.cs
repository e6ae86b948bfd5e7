using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Training;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Tests.Placement;

/// <summary>A run of the smoke preset of a kind, with everything switched on that a step may do.</summary>
internal sealed class MetaTraining : IDisposable
{
    private readonly TestRuns _runs = new();
    private readonly TrainingTask _task;

    public MetaTraining(string kind, bool restartsCodes = true)
    {
        var tokens = ModelKinds.Get(kind).NeedsTokens;
        var set = new Dictionary<string, string>
        {
            ["training.batchSize"] = "4",
            ["training.emaDecay"] = "0.9",
            ["training.validationExamples"] = "3"
        };
        if (kind != "tokenizer") set["model.dropout"] = "0.1";
        if (kind == "tokenizer") set["training.codeRestartSteps"] = restartsCodes ? "1" : "0";
        if (!tokens) (set["data.randomFlip"], set["data.randomShift"]) = ("true", "2");
        var work = TestRuns.Work(kind, 20, set, tokens ? [_runs.Tokens(16)] : null);
        Specification = SpecificationJson.Parse(work.Specification);
        _task = ModelKinds.Get(kind).CreateTask(Specification, work, _runs.Context(device: ComputeDevice.Meta));
        State = new TrainingState(_task.Model, Specification.Training, Specification.Numerics);
        Step = new TrainingStep(Specification, _task, State, device: ComputeDevice.Meta.Name);
    }

    public TrainingSpecification Specification { get; }

    public TrainingState State { get; }

    public TrainingStep Step { get; }

    /// <summary>Parameters, buffers (those of no state dict, too), gradients, moments, averages.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> Everything() =>
    [
        .. _task.Model.named_parameters().Select(p => (p.name, (Tensor)p.parameter)),
        .. _task.Model.named_parameters().Select(p => ($"gradient of {p.name}", p.parameter.grad!)),
        .. _task.Model.named_buffers().Select(b => (b.name, b.buffer)),
        ("weights", State.Parameters.Values), ("gradients", State.Parameters.Gradients), ("first moment", State.Optimizer.FirstMoment),
        ("second moment", State.Optimizer.SecondMoment), ("average", State.Average!.Values),
    ];

    public void Dispose()
    {
        Step.Dispose();
        State.Dispose();
        _task.Dispose();
        _runs.Dispose();
    }
}
