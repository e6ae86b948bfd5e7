using PgmCluster.Cli.Homes;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Training;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Specifications;

namespace PgmCluster.Cli.Tests.Fakes;

internal sealed class FakeTraining(FakeCluster cluster, string id, PgmHome home) : FakeJob(cluster, id, JobKind.Training), ITrainingRunGrain
{
    private readonly FakeCluster _cluster = cluster;

    public Task<JobStatus> Start(TrainingRequest request) => Begin(request);

    public Task<ResolvedTraining> Resolve(TrainingRequest request)
    {
        _cluster.Log.Add(
            $"resolve {request.Preset} for {request.Tokens ?? request.Dataset}, seed {request.Seed}, "
            + $"{string.Join(' ', request.Set.Select(s => $"{s.Key}={s.Value}"))}");
        var specification = new SpecificationResolver().Resolve(
            request.Preset, request.Set, request.Seed, new DataFacts { Classes = 10, Codebook = 64, Height = 7, Width = 7 });
        return Task.FromResult(new ResolvedTraining("pgm", specification.Json, "ab12", Reproducible: true));
    }

    public Task<JobStatus> Resize(int minWorkers, int maxWorkers)
    {
        _cluster.Log.Add($"resize {Id} to {minWorkers}..{maxWorkers}");
        return Task.FromResult(Status);
    }

    public Task<TrainingDetails> GetDetails() => Task.FromResult(new TrainingDetails
    {
        Status = Status,
        Request = (TrainingRequest)Request!,
        Kind = KindOf(((TrainingRequest)Request!).Preset),
        Specification = $"{{\"kind\":\"pgm\",\"seed\":{((TrainingRequest)Request!).Seed}}}",
        SpecificationSha256 = "00",
        Formations = _cluster.Formations.GetValueOrDefault(Id, []),
        DurableStep = 20,
        Result = Status.Phase == JobPhase.Completed ? Result() : null,
    });

    private static string KindOf(string preset) =>
        preset.StartsWith("pgm-once", StringComparison.Ordinal) ? "pgm-once" : preset.Split('-')[0];

    private TrainingResult Result()
    {
        var curve = $"runs/{Id}/loss.png";
        Directory.CreateDirectory(Path.GetDirectoryName(home.ArtifactPath(curve))!);
        File.WriteAllText(home.ArtifactPath(curve), $"curve of {Id}");
        return new TrainingResult
        {
            Steps = 100,
            FinalLoss = 0.25,
            Parameters = 1234,
            WeightsSha256 = $"weights of {Id}",
            Weights = Artifact($"runs/{Id}/weights.safetensors"),
            Checkpoint = Artifact($"runs/{Id}/checkpoint.json"),
            LossCurve = Artifact(curve),
        };
    }
}
