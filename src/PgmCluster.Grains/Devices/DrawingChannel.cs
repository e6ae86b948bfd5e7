using PgmCluster.Execution.Drawing.Orders;
using PgmCluster.Execution.Specifications;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Devices;

/// <summary>
/// A drawing device's way to who wants pictures. The owner may be on its way from one silo to another: then it is asked again until it
/// answers.
/// </summary>
internal sealed partial class DrawingChannel : IDrawingChannel
{
    /// <summary>The owner holds a call for two seconds at most.</summary>
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(300);

    private readonly WorkAssignment _work;
    private readonly IDrawingOwner _owner;
    private readonly OwnerLine _line;
    private readonly Action _notWanted;
    private readonly CancellationToken _stopped, _shuttingDown;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _life = Guid.NewGuid().ToString("N");

    private DrawingChannel(
        WorkAssignment work, OwnerLine line, Action notWanted, CancellationToken stopped, CancellationToken shuttingDown, TimeProvider time,
        ILogger logger)
    {
        (_work, _owner, _line) = (work, work.Owner.AsReference<IDrawingOwner>(), line);
        (_notWanted, _stopped, _shuttingDown, _time, _logger) = (notWanted, stopped, shuttingDown, time, logger);
    }

    /// <summary>Of work that draws while somebody waits; null for other work.</summary>
    /// <param name="work">What the device was given.</param>
    /// <param name="line">Says how long it waits for the owner.</param>
    /// <param name="notWanted">Called where nobody could be asked for too long.</param>
    /// <param name="stopped">The work was told to end.</param>
    /// <param name="shuttingDown">The silo is leaving.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The device's log.</param>
    public static DrawingChannel? Of(
        WorkAssignment work, OwnerLine line, Action notWanted, CancellationToken stopped, CancellationToken shuttingDown, TimeProvider time,
        ILogger logger) =>
        work.Kind == WorkKinds.Draw ? new DrawingChannel(work, line, notWanted, stopped, shuttingDown, time, logger) : null;

    /// <remarks>Runs on a lane's thread, which has nothing else to do meanwhile.</remarks>
    public DrawingBatch? Next(int lane, int most, IReadOnlyList<DrawnImage> drawn)
    {
        IReadOnlyList<DrawingPicture> pictures = [.. drawn.Select(d => new DrawingPicture(d.Id, d.Png, d.Codes, d.Revealed) { Error = d.Error })];
        var heard = _time.GetTimestamp();
        while (true)
        {
            // What is drawn already is handed over also by who is to end: somebody waits for it.
            var ends = _stopped.IsCancellationRequested || _shuttingDown.IsCancellationRequested;
            if (ends && (pictures.Count == 0 || _time.GetElapsedTime(heard) > CallTimeout)) return null;
            try
            {
                var handover = new DrawingHandover
                {
                    Generation = _work.Generation,
                    Lane = $"{_life}/{lane}",
                    Most = ends ? 0 : most,
                    Drawn = pictures,
                };
                var turn = Task.Run(() => _owner.Next(handover).WaitAsync(CallTimeout, _time, ends ? default : _stopped)).GetAwaiter().GetResult();
                (heard, pictures) = (_time.GetTimestamp(), []);
                if (turn.Ends) return null;
                if (turn.Orders.Count > 0)
                {
                    return new DrawingBatch(
                        WorkJson.Read<SamplerSettings>(turn.Settings),
                        [.. turn.Orders.Select(o => new DrawingOrder(o.Id, o.Label, o.Seed, o.Index))]);
                }
            }
            catch (OperationCanceledException) when (!ends && _stopped.IsCancellationRequested)
            {
                // Whatever it was to be given goes to others.
            }
            catch (Exception e)
            {
                LogUnanswered(e, _work.WorkId);
                // The device is not held for an owner that never comes.
                if (_line.IsOverdue(heard)) _notWanted();
                else Thread.Sleep(RetryDelay);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Work {WorkId}: nobody said what is wanted next; asked again")]
    private partial void LogUnanswered(Exception exception, string workId);
}
