using System.Security.Cryptography;
using System.Text;
using PgmCluster.Contracts.Training;
using PgmCluster.Grains.Callers;
using PgmCluster.Grains.Clocks;
using PgmCluster.Grains.Hosting;
using PgmCluster.Grains.Protocol;
using PgmCluster.Grains.Storage;

namespace PgmCluster.Grains.Training.Gangs;

/// <summary>
/// Lets the members of a run's gang meet: waits for them, stores each generation before anybody hears of it, and tells who is refused.
/// </summary>
/// <remarks>Its calls interleave with the turns of the run's grain, so it changes nothing but its own state record.</remarks>
internal sealed partial class GangMeetings(
    IGrainBase grain, IPersistentState<GangState> storage, GangRules rules, ClusterSecret secret, bool hasOlderSilos, TimeProvider time,
    ILogger logger)
{
    /// <summary>Longest a call is held: well below the time after which it counts as unanswered.</summary>
    private static readonly TimeSpan HeldFor = TimeSpan.FromSeconds(2);

    private const int FormationsKept = 200;

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    private readonly GangCircle _circle = new(rules);
    private readonly SteadyClock _clock = new(time);
    private readonly ILogger _logger = logger;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isForming;

    /// <summary>The generation that counts; 0 where none ever formed.</summary>
    public long Generation => _circle.Current.Generation;

    /// <summary>Its members by rank; those that are gone stay until the next one forms.</summary>
    public IReadOnlyList<string> Members => [.. _circle.Current.Members.Select(m => m.Worker)];

    /// <summary>The last generations, oldest first.</summary>
    public IReadOnlyList<GangFormation> Formations => [.. _circle.Current.Formations];

    /// <summary>Whether any worker is known to have the work still.</summary>
    public bool HasMembers => _circle.Known.Count > 0;

    /// <summary>Reads what is stored, and takes it over. To be awaited before all else of a run that was started.</summary>
    public async Task Restore()
    {
        await storage.ReadStateAsync();
        if (storage.State.Generation > 0) _circle.Enter(storage.State, _clock.Now);
    }

    /// <summary>Clears the record: the run is deleted.</summary>
    public async Task Delete()
    {
        // Of a run that began in this activation nothing was read yet.
        await storage.ReadStateAsync();
        if (storage.RecordExists) await storage.ClearStateAsync();
    }

    /// <param name="arrival">Who has come.</param>
    /// <param name="present">What the run has stored; asked again after each wait.</param>
    /// <exception cref="Contracts.Errors.PgmException">The generation could not be stored: nobody was told, members come again.</exception>
    public async Task<GangMeeting> Meet(GangArrival arrival, Func<GangTerms> present)
    {
        if (!present().Wants(arrival.WorkId, arrival.Generation)) return new GangMeeting(GangOutcome.Refused);
        if (_circle.HasSeat(arrival)) return Formed(present().Document);
        var begun = _clock.Now;
        var guest = _circle.Arrive(arrival, begun);
        guest.Calls++;
        Changed();
        try
        {
            while (true)
            {
                var now = _clock.Now;
                var terms = present();
                if (!terms.Wants(arrival.WorkId, arrival.Generation) || _circle.IsBarred(arrival.Worker, now))
                    return new GangMeeting(GangOutcome.Refused);
                if (_circle.HasSeat(arrival)) return Formed(terms.Document);
                if (!_isForming && _circle.Due(terms.Min, terms.Max, now) is { } members)
                {
                    await Form(members, terms.DurableStep);
                    continue;
                }
                if (now - begun >= HeldFor) return new GangMeeting(GangOutcome.Waiting);
                await Task.WhenAny(_changed.Task, Task.Delay(LookAgain, time));
            }
        }
        finally
        {
            guest.Calls--;
            guest.LastAnswered = _clock.Now;
        }
    }

    public GangOrder Attend(GangPresence presence, GangTerms terms)
    {
        if (!terms.Wants(presence.WorkId, presence.Generation)) return GangOrder.Stop;
        if (presence.GangGeneration != Generation) return GangOrder.Meet;
        var now = _clock.Now;
        _circle.Heard(presence.Worker, now);
        return _circle.IsChangeWanted(terms.Max, now) ? GangOrder.Meet : GangOrder.GoOn;
    }

    /// <inheritdoc cref="GangCircle.Ended"/>
    public void Ended(string worker, long lease)
    {
        _circle.Ended(worker, lease);
        Changed();
    }

    private async Task Form(IReadOnlyList<GangArrival> members, long durableStep)
    {
        _isForming = true;
        try
        {
            var formation = new GangFormation(
                _circle.Current.Generation + 1, members.Max(m => m.Step), members.Count, time.GetUtcNow(), durableStep);
            // A silo of before, which may have the run next, hands out what is stored and derives nothing.
            var random = RandomNumberGenerator.GetBytes(32);
            var state = new GangState
            {
                Generation = formation.Generation,
                Placement = members[0].Generation,
                Secret = hasOlderSilos ? random : [],
                Salt = hasOlderSilos ? [] : random,
                Step = formation.Step,
                Formations = [.. _circle.Current.Formations.TakeLast(FormationsKept - 1), formation],
                Members = [.. members.Select(
                    m => new GangStateMember(m.Worker, m.Incarnation, m.Address, m.Step) { Protocol = m.Protocol, Lease = m.Lease })],
                Unknown = storage.State.Unknown,
            };
            storage.State = state;
            await grain.Save(storage, _logger);
            _circle.Enter(state, _clock.Now);
            KeyValuePair<string, object?>[] about = [new("formation", state.Generation), new("step", state.Step)];
            using var _ = _logger.BeginScope(about);
            LogFormed(
                grain.GrainContext.GrainId.Key.ToString()!, state.Generation, state.Step,
                string.Join(", ", state.Members.Select(m => m.Worker)));
        }
        finally
        {
            _isForming = false;
            Changed();
        }
    }

    private GangMeeting Formed(string document) => new(GangOutcome.Formed, new GangRoster
    {
        Generation = _circle.Current.Generation,
        Secret = SecretOf(_circle.Current),
        Members = [.. _circle.Current.Members.Select(m => new GangMember(m.Worker, m.Address, m.Step) { Protocol = m.Protocol })],
        Step = _circle.Current.Step,
        Document = document,
        Begins = _circle.Current is { Step: < 0, Formations: [.., { DurableStep: 0 }] },
    });

    private byte[] SecretOf(GangState state) => state.Salt.Length == 0 ? state.Secret : secret.Derive(
        "gang", Encoding.UTF8.GetBytes(grain.GrainContext.GrainId.Key.ToString()!), BitConverter.GetBytes(state.Generation), state.Salt);

    private void Changed()
    {
        var before = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        before.TrySetResult();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {RunId}: gang {Generation} goes on from step {Step} with {Members}")]
    private partial void LogFormed(string runId, long generation, long step, string members);
}
