using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Data.Blobs;
using PgmCluster.Execution.Registration;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Calls;
using PgmCluster.Grains.Jobs;
using PgmCluster.Grains.Jobs.Units;

namespace PgmCluster.Grains.Datasets;

/// <inheritdoc cref="IRegistrationJobGrain"/>
[GrainType("registrationjob")]
public sealed class RegistrationJobGrain : WorkJobGrain<RegistrationJobState, RegistrationRequest>, IRegistrationJobGrain,
    IRegistrationProgress
{
    private const string Shards = "shard", Manifest = "manifest";

    private readonly ImportRoots _roots;

    public RegistrationJobGrain(
        [PersistentState("registration-job", "Default")] IPersistentState<RegistrationJobState> state, ImportRoots roots,
        TimeProvider time, ILogger<RegistrationJobGrain> logger)
        : base(state, time, logger) => _roots = roots;

    protected override JobKind Kind => JobKind.Registration;

    public override Task<Origin> GetOrigin() => Task.FromResult(RegistrationOrigin.Of(JobId, RequireStarted()));

    public Task<JobStatus> Start(RegistrationRequest request) => StartJob(request);

    async Task<List<ArtifactReference?>> IRegistrationProgress.GetMade()
    {
        var units = Board.Of(Shards).ToList();
        var results = await ManyCalls.Of(units, unit => Board.IsDone(unit.Index) ? Unit(unit).GetResult() : Task.FromResult<string?>(null));
        return [.. results.Select(result => result is null ? null : WorkJson.Read<IndexShardResult>(result).Index.ToReference())];
    }

    protected override async Task<RegistrationJobState> Plan(RegistrationRequest request)
    {
        await Task.Run(() => _roots.Require($"Registering dataset '{request.Dataset}' from", request.Asked.Location));
        return new RegistrationJobState
        {
            Request = request,
            Summary = $"{request.Dataset}: {request.Open.Count} shards of {request.Asked.Location}",
            Progress = new JobProgress { Unit = "unit", Total = request.Open.Count + 1 },
            Units = [new UnitRun { Name = Shards, Units = request.Open.Count }, UnitRun.AtLast(Manifest)],
        };
    }

    protected override (string Kind, string Document) Describe(WorkUnit unit) => (WorkKinds.IndexShard, WorkJson.Write(new IndexShardWork
    {
        Location = State.Request!.Asked.Location,
        Format = State.Request.Asked.Format!,
        Plan = State.Request.Plan.ToInfo(),
        Offset = State.Request.Open[unit.Number],
    }));

    protected override async Task<(string Kind, string Document)> DescribeLast()
    {
        var request = State.Request!;
        return (WorkKinds.MakeManifest, WorkJson.Write(new MakeManifestWork
        {
            Dataset = request.Dataset,
            Location = request.Asked.Location,
            Plan = request.Plan.ToInfo(),
            Indexes = [.. (await Results<IndexShardResult>(Shards)).Select(r => r.Index)],
            ValidationImages = request.Asked.ValidationImages,
            ValidationShare = request.Asked.ValidationShare,
            SkipUnreadable = request.Asked.SkipUnreadable,
            Background = request.Asked.Background,
            Known = request.Known?.ToInfo(),
            KnownLocation = request.KnownLocation,
        }));
    }

    protected override void Check(WorkUnit unit, string result)
    {
        if (unit.Last) WorkJson.Read<MakeManifestResult>(result);
        else WorkJson.Read<IndexShardResult>(result);
    }

    protected override async Task Conclude()
    {
        State.Manifest = (await Results<MakeManifestResult>(Manifest)).Single().Manifest.ToReference();
        await GrainFactory.GetGrain<IDatasetRecord>(State.Request!.Dataset).Record(JobId, State.Manifest);
    }
}
