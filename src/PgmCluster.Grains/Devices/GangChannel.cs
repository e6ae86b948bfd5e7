using PgmCluster.Execution.Gangs;
using PgmCluster.Execution.Wire;
using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Devices;

/// <summary>
/// A member's way to the owner of its gang. The owner may be on its way from one silo to another: then it is asked again until it answers.
/// </summary>
internal sealed partial class GangChannel : IGangChannel, IDisposable
{
    /// <summary>The owner holds a call for two seconds at most.</summary>
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan AttendInterval = TimeSpan.FromMilliseconds(500);

    private readonly WorkAssignment _work;
    private readonly OwnerLine _line;
    private readonly IGangOwner _owner;
    private readonly Action _notWanted;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _asked;
    private readonly CancellationTokenSource _ended = new();
    private readonly string _incarnation = Guid.NewGuid().ToString("N");
    private long _generation;
    private long _changeWantedIn = -1;

    /// <param name="worker">Key of this worker.</param>
    /// <param name="work">What it was given.</param>
    /// <param name="dataPlane">Where this process exchanges.</param>
    /// <param name="line">Says how long it waits for the owner.</param>
    /// <param name="notWanted">Called where the owner wants the work of somebody else.</param>
    /// <param name="stopped">The work was told to end.</param>
    /// <param name="shuttingDown">The silo is leaving.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The device's log.</param>
    public GangChannel(
        string worker, WorkAssignment work, DataPlane dataPlane, OwnerLine line, Action notWanted, CancellationToken stopped,
        CancellationToken shuttingDown, TimeProvider time, ILogger logger)
    {
        Worker = worker;
        DataPlane = dataPlane;
        (_work, _line) = (work, line);
        _owner = work.Owner.AsReference<IGangOwner>();
        _notWanted = notWanted;
        _time = time;
        _logger = logger;
        _asked = CancellationTokenSource.CreateLinkedTokenSource(stopped, shuttingDown);
        _ = Attend();
    }

    public string Worker { get; }

    public DataPlane DataPlane { get; }

    /// <summary>Generation that the member is in, or was last; 0 before the first.</summary>
    public long Generation => Volatile.Read(ref _generation);

    public bool IsChangeWanted => Volatile.Read(ref _changeWantedIn) == Generation;

    /// <remarks>Runs on the device's thread, which has nothing else to do meanwhile.</remarks>
    public GangSeat? Meet(long step, IReadOnlyList<string> lost)
    {
        var arrival = new GangArrival
        {
            WorkId = _work.WorkId,
            Generation = _work.Generation,
            Worker = Worker,
            Incarnation = _incarnation,
            GangGeneration = Generation,
            Step = step,
            Address = DataPlane.Address,
            Lost = lost,
            Protocol = GangProtocol.Current,
            Lease = _work.Lease,
        };
        var heard = _time.GetTimestamp();
        while (!_asked.IsCancellationRequested)
        {
            try
            {
                var meeting = Task.Run(() => _owner.Meet(arrival).WaitAsync(CallTimeout, _time, _asked.Token)).GetAwaiter().GetResult();
                heard = _time.GetTimestamp();
                if (meeting.Outcome == GangOutcome.Refused)
                {
                    _notWanted();
                    return null;
                }
                if (meeting is { Outcome: GangOutcome.Formed, Gang: { } roster }) return Seat(roster);
            }
            catch (OperationCanceledException) when (_asked.IsCancellationRequested)
            {
                return null;
            }
            catch (Exception e)
            {
                LogUnanswered(e, _work.WorkId, Worker);
                // The device is not held for an owner that never comes.
                if (_line.IsOverdue(heard)) _notWanted();
                else _asked.Token.WaitHandle.WaitOne(RetryDelay);
            }
        }
        return null;
    }

    public void Dispose()
    {
        _ended.Cancel();
        _asked.Dispose();
    }

    private GangSeat Seat(GangRoster roster)
    {
        Volatile.Write(ref _generation, roster.Generation);
        return new GangSeat
        {
            RunId = _work.WorkId,
            Generation = roster.Generation,
            Secret = roster.Secret,
            Rank = roster.Members.Select(m => m.Worker).ToList().IndexOf(Worker),
            Peers = [.. roster.Members.Select(m => new GangPeer(m.Worker, m.Address, m.Step))],
            Document = roster.Document,
            Protocol = roster.Members.Min(m => m.Protocol),
            Begins = roster.Begins,
        };
    }

    private async Task Attend()
    {
        while (!_ended.IsCancellationRequested)
        {
            await Task.Delay(AttendInterval, _time, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var generation = Generation;
            if (generation == 0 || _ended.IsCancellationRequested) continue;
            try
            {
                var presence = new GangPresence
                {
                    WorkId = _work.WorkId,
                    Generation = _work.Generation,
                    Worker = Worker,
                    GangGeneration = generation,
                };
                switch (await _owner.Attend(presence).WaitAsync(CallTimeout, _time, _ended.Token))
                {
                    case GangOrder.Meet:
                        Volatile.Write(ref _changeWantedIn, generation);
                        break;
                    case GangOrder.Stop:
                        if (!_ended.IsCancellationRequested) _notWanted();
                        return;
                }
            }
            catch (Exception e)
            {
                // The gang needs no owner while nothing changes.
                if (!_ended.IsCancellationRequested) LogUnanswered(e, _work.WorkId, Worker);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Work {WorkId}: the owner of the gang did not answer {Worker}; it is asked again")]
    private partial void LogUnanswered(Exception exception, string workId, string worker);
}
