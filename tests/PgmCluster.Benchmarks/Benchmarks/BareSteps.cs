using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Training;
using PgmCluster.Execution.Work;
using static TorchSharp.torch;

namespace PgmCluster.Benchmarks.Benchmarks;

/// <summary>The steps of a run and nothing else: no checkpoint, no log, no report.</summary>
internal sealed class BareSteps(string specificationJson, IReadOnlyList<ArtifactInfo> tokens, IArtifactStore store)
{
    public void Run(int steps, Action<int> done)
    {
        var specification = SpecificationJson.Parse(specificationJson);
        using var scope = NewDisposeScope();
        var work = new TrainWork { RunId = "bare", Specification = specificationJson, SpecificationSha256 = "", Tokens = tokens };
        var context = new WorkContext { Generation = 1, Device = ComputeDevice.Cpu(), Artifacts = store };
        using var task = ModelKinds.Get(specification.Kind).CreateTask(specification, work, context);
        using var state = new TrainingState(task.Model, specification.Training, specification.Numerics);
        using var step = new TrainingStep(specification, task, state);
        for (var i = 1; i <= steps; i++)
        {
            step.Run();
            done(i);
        }
    }
}
