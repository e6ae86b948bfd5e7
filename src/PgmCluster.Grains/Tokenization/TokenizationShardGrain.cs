using System.Text.Json;
using PgmCluster.Contracts.Devices;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Jobs;
using PgmCluster.Grains.Placement;
using PgmCluster.Grains.Storage;

namespace PgmCluster.Grains.Tokenization;

/// <inheritdoc cref="ITokenizationShardGrain"/>
/// <remarks>
/// Its job calls it within a turn, so news go to the job outside of this grain's turns: neither ever waits for the other.
/// </remarks>
[PreferControlSilo]
public sealed partial class TokenizationShardGrain : Grain, ITokenizationShardGrain, IWorkOwner
{
    private static readonly TimeSpan TellAgainAfter = TimeSpan.FromSeconds(1);
    private const int TellAttempts = 10;

    private readonly IPersistentState<TokenizationShardState> _state;
    private readonly ILogger<TokenizationShardGrain> _logger;
    private int _imagesDone;

    public TokenizationShardGrain(
        [PersistentState("tokenization-shard", "Default")] IPersistentState<TokenizationShardState> state,
        ILogger<TokenizationShardGrain> logger)
    {
        _state = state;
        _logger = logger;
    }

    private TokenizationShardState State => _state.State;

    private string WorkId => this.GetPrimaryKeyString();

    private IDeviceSchedulerGrain Scheduler => GrainFactory.GetGrain<IDeviceSchedulerGrain>("default");

    public async Task<TokenShardNews> Start(TokenShardAssignment assignment)
    {
        if (State.Result is { } result) return result;
        if (State.Assignment is null || (State.Phase.IsAtRest() && assignment.Attempt > State.Assignment.Attempt))
        {
            State.Assignment = assignment;
            State.Losses = 0;
            State.FaultedOn = [];
            await Queue();
        }
        else if (!State.Phase.IsAtRest())
        {
            if (assignment.Attempt > State.Assignment.Attempt) State.Assignment = assignment;
            if (State.Phase == JobPhase.Queued) await Submit();
            else if ((await Scheduler.Find(WorkId))?.Generation != State.Generation) await Queue();
        }
        return News();
    }

    public async Task Cancel()
    {
        if (State.Assignment is null || State.Phase.IsAtRest()) return;
        State.Phase = JobPhase.Cancelled;
        await this.Save(_state, _logger);
        await Scheduler.Withdraw(WorkId, State.Generation);
    }

    public Task<TokenShardNews?> GetStatus() => Task.FromResult(State.Assignment is null ? null : News());

    public async Task<bool> Report(WorkReport report)
    {
        if (State.Assignment is null || State.Result is not null || report.Generation != State.Generation) return false;
        // A shard that was finished while it was being cancelled is finished.
        if (State.Phase.IsAtRest() && report.State != WorkState.Completed) return false;
        switch (report.State)
        {
            case WorkState.Running:
                _imagesDone = (int)report.Progress.Done;
                if (State.Phase == JobPhase.Running && State.Message == report.Error) break;
                (State.Phase, State.Message) = (JobPhase.Running, report.Error);
                await this.Save(_state, _logger);
                break;
            case WorkState.Completed:
                await Finish(report);
                break;
            case WorkState.Faulted:
                var error = report.Error ?? $"Tokenizing shard {WorkId} failed without a message.";
                State.FaultedOn = [.. State.FaultedOn, report.Worker ?? ""];
                JobLog.Faulted(_logger, WorkId, State.Generation, report.Worker, report.Progress.Done, error);
                if (PoisonRule.OfFaults(State.FaultedOn, error) is { } hopeless) await Fail(hopeless);
                else await Queue();
                break;
            case WorkState.Failed or WorkState.Diverged:
                await Fail(report.Error ?? $"Tokenizing shard {WorkId} failed without a message.");
                break;
            default:
                if (report is { State: WorkState.Lost, Orderly: false }) State.Losses++;
                LogLost(WorkId, State.Generation, State.Losses);
                if (PoisonRule.OfDeaths(State.Losses, $"shard {WorkId}", null) is { } deadly)
                    await Fail($"{deadly} Start the job again to retry.");
                else await Queue();
                break;
        }
        Tell();
        return true;
    }

    private async Task Finish(WorkReport report)
    {
        try
        {
            var result = WorkJson.Read<TokenizeShardResult>(report.Document ?? "");
            State.Result = new TokenShardNews
            {
                Index = State.Assignment!.Index,
                Attempt = State.Assignment.Attempt,
                Phase = JobPhase.Completed,
                ImagesDone = result.Images,
                Shard = new TokenShardInfo { Index = State.Assignment.Index, Images = result.Images, File = result.File.ToReference() },
                CodeBitmap = result.CodeBitmap,
                Height = result.Height,
                Width = result.Width,
                Codebook = result.Codebook,
            };
            State.Phase = JobPhase.Completed;
            State.Message = null;
        }
        catch (JsonException e)
        {
            LogUnreadable(e, WorkId);
            await Fail($"The result of shard {WorkId} cannot be read. Do silos of different versions run? The log has the details.");
            return;
        }
        await this.Save(_state, _logger);
    }

    private async Task Fail(string message)
    {
        State.Phase = JobPhase.Failed;
        State.Message = message;
        await this.Save(_state, _logger);
    }

    private async Task Queue()
    {
        State.Phase = JobPhase.Queued;
        State.Message = null;
        State.Generation++;
        _imagesDone = 0;
        await this.Save(_state, _logger);
        await Submit();
    }

    private async Task Submit()
    {
        try
        {
            await Scheduler.Submit(new WorkAssignment
            {
                WorkId = WorkId,
                Generation = State.Generation,
                Kind = WorkKinds.TokenizeShard,
                Document = State.Assignment!.Work,
                Owner = this.AsReference<IWorkOwner>(),
                Priority = State.Assignment.Scheduling?.Priority ?? 0,
                User = State.Assignment.Scheduling?.User ?? "",
            });
        }
        catch (Exception e)
        {
            // The job calls Start again when it is woken.
            LogSubmitFailed(e, WorkId);
        }
    }

    private TokenShardNews News() => State.Result ?? new TokenShardNews
    {
        Index = State.Assignment!.Index,
        Attempt = State.Assignment.Attempt,
        Phase = State.Phase,
        ImagesDone = _imagesDone,
        Message = State.Message,
    };

    private void Tell() => _ = TellJob(GrainFactory.GetGrain<ITokenizationJobGrain>(State.Assignment!.JobId), News());

    private async Task TellJob(ITokenizationJobGrain job, TokenShardNews news)
    {
        for (var attempt = 1; attempt <= TellAttempts; attempt++)
        {
            try
            {
                await job.ShardChanged(news);
                return;
            }
            catch (Exception e) when (e is PgmException or OrleansException or TimeoutException)
            {
                // Progress is out of date by now; milestones are worth another attempt. The job's own waking is the last resort.
                if (news.Phase == JobPhase.Running) return;
                LogTellFailed(e, WorkId, attempt);
                await Task.Delay(TellAgainAfter);
            }
        }
    }
}
