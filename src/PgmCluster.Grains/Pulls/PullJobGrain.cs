using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Pulls;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Pulls;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Jobs;
using PgmCluster.Grains.Jobs.Requests;
using PgmCluster.Grains.Jobs.Units;

namespace PgmCluster.Grains.Pulls;

/// <inheritdoc cref="IPullJobGrain"/>
[GrainType("pulljob")]
public sealed class PullJobGrain : WorkJobGrain<PullJobState, PullRequest>, IPullJobGrain
{
    private const int MostParallel = 64, NamesKept = 20;
    private const string FileUnits = "files", EndUnit = "end";

    private readonly IHubListing _hub;

    public PullJobGrain(
        [PersistentState("pull-job", "Default")] IPersistentState<PullJobState> state, IHubListing hub, TimeProvider time,
        ILogger<PullJobGrain> logger)
        : base(state, time, logger) => _hub = hub;

    protected override JobKind Kind => JobKind.Pull;

    public override Task<Origin> GetOrigin() => Task.FromResult(PullOrigin.Of(JobId, RequireStarted()));

    public Task<JobStatus> Start(PullRequest request) => StartJob(request);

    public Task<PullResult> GetResult()
    {
        RequireStarted();
        return Task.FromResult(
            State.Result ?? throw NotReady.Of($"Pull job '{JobId}' is", State.Phase, "it has no result"));
    }

    protected override async Task<PullJobState> Plan(PullRequest request)
    {
        if (request.Parallel is < 1 or > MostParallel)
            throw new InvalidRequestException(
                $"Starting pull job '{JobId}': {request.Parallel} files at a time asked for. Give 1 to {MostParallel}.");
        var id = JobId;
        // Writing the list waits for the disk; the pool's thread touches nothing of the grain.
        var listed = await Task.Run(() => _hub.ListAsync(id, request));
        var bytes = listed.Files.Sum(f => f.Bytes);
        return new PullJobState
        {
            Request = request,
            Summary = $"{listed.Files.Count} files of {request.Repository} ({bytes} bytes) at "
                + $"{listed.Commit[..Math.Min(8, listed.Commit.Length)]}",
            Listing = listed.Listing,
            Commit = listed.Commit,
            Directory = listed.Directory,
            UnitBytes = [.. listed.Files.Chunk(request.Parallel).Select(unit => unit.Sum(f => f.Bytes))],
            Names = [.. listed.Files.Take(NamesKept).Select(f => f.Path)],
            Progress = new JobProgress { Unit = "byte", Total = bytes },
            // Files are counted where other jobs count images.
            Units = [UnitRun.OfImages(FileUnits, listed.Files.Count, request.Parallel), UnitRun.AtLast(EndUnit)],
        };
    }

    protected override (string Kind, string Document) Describe(WorkUnit unit) =>
        (WorkKinds.PullFiles, WorkJson.Write(new PullFilesWork
        {
            Listing = State.Listing!.ToInfo(),
            First = unit.First,
            Count = unit.Images,
            Parallel = State.Request!.Parallel,
        }));

    protected override Task<(string Kind, string Document)> DescribeLast() =>
        Task.FromResult((WorkKinds.PullEnd, WorkJson.Write(new PullEndWork { Listing = State.Listing!.ToInfo() })));

    protected override void Check(WorkUnit unit, string result)
    {
        var done = WorkJson.Read<PullFilesResult>(result);
        if (!unit.Last && done.Files != unit.Images)
            throw new PgmException($"Unit {unit.Name} of pull job '{JobId}' fetched {done.Files} files instead of {unit.Images}.");
    }

    protected override async Task Conclude() => State.Result = new PullResult
    {
        Repository = State.Request!.Repository,
        Commit = State.Commit,
        Directory = State.Directory,
        Files = State.Units.Sum(u => u.Images),
        Bytes = State.UnitBytes.Sum(),
        Transferred = (await Results<PullFilesResult>(FileUnits)).Sum(r => r.Transferred),
        Listing = State.Listing!,
        Names = State.Names,
    };

    protected override JobProgress Combine()
    {
        var running = Board.Running.Values.Where(r => r.Index < State.UnitBytes.Count).ToList();
        var rate = running.Sum(r => r.Progress.UnitsPerSecond ?? 0);
        return new JobProgress
        {
            Unit = "byte",
            Done = State.UnitBytes.Where((_, unit) => Board.IsDone(unit)).Sum()
                + running.Sum(r => Math.Min(State.UnitBytes[r.Index], r.Progress.Done)),
            Total = State.UnitBytes.Sum(),
            UnitsPerSecond = rate > 0 ? rate : null,
        };
    }
}
