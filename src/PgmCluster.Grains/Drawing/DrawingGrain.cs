using PgmCluster.Contracts.Drawing;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Sampling;
using PgmCluster.Execution.Drawing;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Jobs;
using PgmCluster.Grains.Options;
using PgmCluster.Grains.Placement;
using PgmCluster.Grains.Protocol;
using PgmCluster.Grains.Sampling;
using PgmCluster.Modeling.Runtime;

namespace PgmCluster.Grains.Drawing;

/// <inheritdoc cref="IDrawingGrain"/>
/// <remarks>
/// Everything is in memory: whoever waits asks again, and is drawn the same. Calls interleave, so that those who wait hold up nobody.
/// </remarks>
[GrainType("drawing"), PreferControlSilo(Returns = true)]
public sealed class DrawingGrain : Grain, IDrawingGrain, IDrawingOwner, IWorkOwner
{
    /// <summary>After so many losses of its device in succession nothing is drawn any more.</summary>
    private const int MostLosses = 3;

    /// <summary>How long a call of somebody who waits is held: shorter than any client's patience with a call.</summary>
    private static readonly TimeSpan s_answer = TimeSpan.FromSeconds(5);

    /// <summary>How long a call of a device that waits is held.</summary>
    private static readonly TimeSpan s_turn = TimeSpan.FromSeconds(2);

    /// <summary>What arrives within this time of the first that a waiting device is given goes with it.</summary>
    private static readonly TimeSpan s_gather = TimeSpan.FromMilliseconds(5);

    /// <summary>How long nobody asks who the model is: its run may be deleted.</summary>
    private static readonly TimeSpan s_known = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _time;
    private readonly TimeSpan _idle;
    private readonly ILogger _logger;
    private readonly DrawingQueue _queue;
    private Task<Lineage>? _lineage;
    private long _lineageAsked;
    private DrawingSession? _session;
    private int _losses;

    /// <summary>The newest generation whose device has said that it is at its end: a call of it may still be held.</summary>
    private long _ended;

    public DrawingGrain(GrainsOptions options, TimeProvider time, ILogger<DrawingGrain> logger)
    {
        (_time, _idle, _logger) = (time, options.DrawingIdle, logger);
        _queue = new DrawingQueue(time);
    }

    public async Task<DrawingAnswer> Draw(DrawingRequest request)
    {
        if (request.Classes.Count is < 1 or > DrawingRequest.MostPictures)
            throw new InvalidRequestException(
                $"{Title}: {request.Classes.Count} classes are named. Name 1 to {DrawingRequest.MostPictures}, or start a sampling job.");
        var lineage = await Model();
        DrawableClasses.Require(lineage, request.Classes, Run, Title);
        var settings = (request.Settings with { BatchSize = 1, Threads = 0 }).Complete(lineage.Kind);
        if (!_queue.HasRoom(request.Classes.Count))
            throw new PgmException($"{Title}: {DrawingQueue.Most} pictures are waited for. Ask again in a while, or start a sampling job.")
            { Code = PgmErrorCode.Unavailable };
        var words = WorkJson.Write(settings.ToSampler());
        var pictures = request.Classes.Select((label, i) => _queue.Ask(new PictureKey(words, request.Seed, i, label))).ToList();
        await RequireDevice(request.Scheduling, lineage);

        var drawn = Task.WhenAll(pictures.Select(p => p.Drawn));
        using var answered = new CancellationTokenSource();
        await Task.WhenAny(drawn, Task.Delay(s_answer, _time, answered.Token));
        await answered.CancelAsync();
        var note = DrawableClasses.Note(lineage, request.Classes, settings);
        return drawn.IsCompleted
            ? new DrawingAnswer { Pictures = [.. request.Classes.Zip(await drawn, (label, p) => Picture(lineage, label, p))], Note = note }
            : new DrawingAnswer { Waits = await AskWhyWaiting(), Note = note };
    }

    public async Task<DrawingTurn> Next(DrawingHandover handover)
    {
        foreach (var drawn in handover.Drawn) _queue.Complete(drawn);
        if (handover.Drawn.Count > 0) _losses = 0;
        _queue.TakeBack(handover.Lane);
        var begun = _time.GetTimestamp();
        while (handover.Most > 0)
        {
            if (!IsCurrent(handover.Generation)) return DrawingTurn.End;
            _session!.Heard = _time.GetTimestamp();
            var taken = _queue.Take(handover.Lane, handover.Most);
            if (taken.Count > 0)
            {
                return new DrawingTurn
                {
                    Settings = taken[0].Key.Settings,
                    Orders = [.. taken.Select(p => new DrawingLine(p.Id, p.Key.Label, p.Key.Seed, p.Key.Index))],
                };
            }
            if (_session.Ends || _time.GetElapsedTime(_queue.Touched) >= _idle)
            {
                // All lanes are told: a device that is half at work would not be free.
                _session.Ends = true;
                return DrawingTurn.End;
            }
            var left = s_turn - _time.GetElapsedTime(begun);
            if (left <= TimeSpan.Zero) break;
            await _queue.Arrived.WaitAsync(left, _time).ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (_queue.HasWaiting) await Task.Delay(s_gather, _time);
        }
        return DrawingTurn.Nothing;
    }

    public async Task<bool> Report(WorkReport report)
    {
        if (!IsCurrent(report.Generation)) return false;
        if (report.State == WorkState.Running) return true;
        var scheduling = _session!.Scheduling;
        (_session, _ended) = (null, report.Generation);
        _queue.TakeBack();
        if (report.State is WorkState.Failed or WorkState.Diverged || (IsLoss(report) && ++_losses >= MostLosses))
        {
            _losses = 0;
            _queue.Fail(new PgmException($"{Title}: {report.Error ?? $"its device was lost {MostLosses} times. See the silos' logs."}"));
        }
        try
        {
            if (_queue.HasWaiting) await RequireDevice(scheduling, await Model());
        }
        catch (Exception e)
        {
            // Whoever waits asks again, and with them it is tried again.
            JobLog.DriveFailed(_logger, e, Run);
        }
        return true;
    }

    private string Run => this.GetPrimaryKeyString();

    private string Work => $"{Run}/draw";

    private string Title => $"Drawing from run '{Run}'";

    private IDeviceSchedulerGrain Scheduler => GrainFactory.GetGrain<IDeviceSchedulerGrain>("default");

    private static bool IsLoss(WorkReport report) => report is { State: WorkState.Lost, Orderly: false } or { State: WorkState.Faulted };

    /// <summary>A device that works for what was here before this grain was moved goes on with it: its model is loaded.</summary>
    private bool IsCurrent(long generation)
    {
        if (generation <= _ended) return false;
        _session ??= new DrawingSession(generation, null) { Heard = _time.GetTimestamp() };
        return _session.Generation == generation;
    }

    /// <summary>Asks for a device, where something waits for one that has none.</summary>
    private async Task RequireDevice(Contracts.Jobs.Scheduling? scheduling, Lineage lineage)
    {
        if (!_queue.HasWaiting) return;
        var asked = scheduling ?? _session?.Scheduling ?? new() { Priority = DrawingRequest.LowestPriority };
        if (_session is { } present && !present.IsSilent(_time) && (present.Heard is not null || present.Priority >= asked.Priority)) return;
        var last = _session;
        var session = _session = last is not null && last.Priority >= asked.Priority
            ? last
            : new DrawingSession(Math.Max((last?.Generation ?? 0) + 1, _time.GetUtcNow().ToUnixTimeMilliseconds()), asked);
        (session.Submitted, session.Heard) = (_time.GetTimestamp(), null);
        _queue.TakeBack();
        try
        {
            var work = new DrawWork
            {
                Model = lineage.Model.ToInfo(),
                Tokenizer = lineage.Tokenizer.ToInfo(),
                Threads = NativeRuntime.DefaultThreads,
            };
            await Scheduler.Submit(WorkAssignment.Of(
                Work, session.Generation, (WorkKinds.Draw, WorkJson.Write(work)), this.AsReference<IWorkOwner>(), (1, 1), asked, numerics: null));
        }
        catch
        {
            if (_session == session) _session = last == session ? null : last;
            throw;
        }
    }

    private async Task<Lineage> Model()
    {
        if (_lineage is null || _lineage.IsFaulted || _time.GetElapsedTime(_lineageAsked) > s_known)
        {
            _lineageAsked = _time.GetTimestamp();
            _lineage = Lineage.Of(GrainFactory, Run);
        }
        return await _lineage;
    }

    private async Task<string> AskWhyWaiting() =>
        _session is { Heard: not null } ? "they are being drawn"
        : await WaitingReason.Of(Scheduler, Work, Run, _logger) ?? "a device is being given the model";

    private static DrawnPicture Picture(Lineage lineage, int label, DrawingPicture drawn) => new()
    {
        Class = label,
        ClassName = lineage.Dataset.ClassNames[label],
        Png = drawn.Png,
        Codes = drawn.Codes,
        Revealed = drawn.Revealed,
        Width = lineage.Tokens.Width,
    };
}
