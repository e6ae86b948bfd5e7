using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Checkpoints;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Runs;
using PgmCluster.Execution.Specifications;
using PgmCluster.Modeling.Runtime;
using PgmCluster.Modeling.Weights;
using static TorchSharp.torch;

namespace PgmCluster.Execution.Training;

/// <inheritdoc cref="IStartingWeights"/>
public sealed class StartingWeights(IArtifactStore store) : IStartingWeights
{
    public void Require(ArtifactInfo file, string? weights, ResolvedSpecification specification)
    {
        var found = store.Find(file.Name)
            ?? throw new BadInputException(
                $"Beginning with {file.Name}: the artifact store has no such file. Name a checkpoint (--from) that is stored there.");
        if (found.Size != file.Size)
            throw new DataCorruptException(
                $"Beginning with {store.PlaceOf(file.Name)}: it has {found.Size} bytes instead of {file.Size}. "
                + "Name the checkpoint (--from) anew.");
        if (store.FileOf(file.Name) is not { } path) return;
        using var checkpoint = ReferenceCheckpoint.OpenCopy(path, path, weights);
        StartingPoint.Require(checkpoint, specification.Kind);
        // A silo that only controls may have no libtorch; the device compares all of it again.
        if (!NativeRuntime.IsAvailable) return;
        NativeRuntime.Load();
        using var scope = NewDisposeScope();
        using var model = ModelKinds.Get(specification.Kind).CreateModel(
            SpecificationJson.Parse(specification.Json), new Device(TorchSharp.DeviceType.META));
        var state = StateDict.Of(model);
        WeightsFile.Check(state, CheckpointFit.Of(checkpoint, state.Entries.Select(e => e.Name)).Model, checkpoint.Path);
        if (checkpoint.Optimizer is { } optimizer)
            ReferenceOptimizer.Require(
                optimizer, [.. state.Parameters.Where(p => p.TiedTo is null).Select(p => (p.Name, p.Tensor.shape))], checkpoint.Path);
    }
}
