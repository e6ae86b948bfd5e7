using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Clocks;
using PgmCluster.Grains.Metering;
using PgmCluster.Grains.Options;
using PgmCluster.Grains.Placement;

namespace PgmCluster.Grains.Recovery;

/// <inheritdoc cref="IJobSupervisorGrain"/>
/// <remarks>
/// What it knows stands in the catalog's rows, so that it may move; a new activation takes all jobs for due, since with the former one a
/// silo may be gone. No turn awaits a job: rounds go on beside the turns, one at a time.
/// </remarks>
[GrainType("jobsupervisor"), KeepAlive, PreferControlSilo(Returns = true)]
internal sealed class JobSupervisorGrain : Grain, IJobSupervisorGrain
{
    private const int JobsOfARound = 256;

    /// <summary>All training runs of the catalog are looked at for it.</summary>
    private static readonly TimeSpan CountEvery = TimeSpan.FromSeconds(15);

    private readonly ParkedReadings _parked = new();
    private readonly IDueJobStore _jobs;
    private readonly IClusterMembershipService _membership;
    private readonly ILogger<JobSupervisorGrain> _logger;
    private readonly SteadyClock _clock;
    private readonly WakeTimes _times;
    private readonly TimeSpan _retry, _tick, _lookEvery;
    private readonly JobWaker _waker;

    /// <summary>Jobs that left memory and said so: by when each is to be woken.</summary>
    private readonly Dictionary<string, DueJob> _soon = [];

    private HashSet<(SiloAddress, SiloStatus)> _members = [];
    private DateTimeOffset _nextLook, _nextCount;
    private bool _allAreDue = true;
    private bool _givenUpAreDue;
    private bool _catalogHasCome;
    private bool _isUnderWay;

    public JobSupervisorGrain(
        IDueJobStore jobs, IClusterMembershipService membership, GrainsOptions options, TimeProvider time,
        ILogger<JobSupervisorGrain> logger)
    {
        (_jobs, _membership, _logger) = (jobs, membership, logger);
        _clock = new SteadyClock(time);
        _times = new WakeTimes(options.WakeAfter, options.WakeRetry);
        _retry = options.WakeRetry;
        _tick = Least(TimeSpan.FromSeconds(1), _retry);
        _lookEvery = Least(TimeSpan.FromSeconds(5), options.WakeAfter);
        _waker = new JobWaker(GrainFactory, _times, logger);
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _members = Members();
        this.RegisterGrainTimer(static (grain, _) => grain.Tick(), this, TimeSpan.Zero, _tick);
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _parked.Dispose();
        return Task.CompletedTask;
    }

    public Task Attend(bool isNew)
    {
        _givenUpAreDue |= isNew;
        return Tick();
    }

    public Task WakeSoon(JobKind kind, string id)
    {
        _soon[id] = new DueJob(id, kind, _clock.Now, _clock.Now + _retry, 0, null);
        return Task.CompletedTask;
    }

    private Task Tick()
    {
        var present = Members();
        // Jobs whose silo is gone are in nobody's memory. One that stops has some until its end, and they answer until then.
        if (_members.Except(present).Any()) (_allAreDue, _catalogHasCome) = (true, false);
        _members = present;
        if (_isUnderWay) return Task.CompletedTask;
        var now = _clock.Now;
        if (!_allAreDue && !_givenUpAreDue && now < _nextLook && !_soon.Values.Any(j => j.DueAt <= now)) return Task.CompletedTask;
        _isUnderWay = true;
        _ = Round();
        return Task.CompletedTask;
    }

    private async Task Round()
    {
        try
        {
            _nextLook = _clock.Now + _lookEvery;
            await WakeSoonOnes();
            await BringCatalog();
            await MakeDue();
            IReadOnlyList<DueJob> due;
            do
            {
                due = await _jobs.Read(_clock.Now, _clock.Now + _times.Longest, JobsOfARound);
                var woken = await _waker.Wake(due, () => _clock.Now);
                await _jobs.Keep(woken);
                if (woken.Any(j => j is { Failures: > 0, DueAt: not null })) _nextLook = _clock.Now + _retry;
            }
            while (due.Count == JobsOfARound);
            if (!_catalogHasCome) _nextLook = _clock.Now + _tick;
            await CountParked();
        }
        catch (Exception e)
        {
            // The storage is away, or the catalog's silo.
            SupervisorLog.RoundFailed(_logger, e);
            _nextLook = _clock.Now + _tick;
        }
        finally
        {
            _isUnderWay = false;
        }
    }

    private async Task CountParked()
    {
        if (!ParkedReadings.IsAsked || _clock.Now < _nextCount) return;
        _parked.Counted(await _jobs.CountParked());
        _nextCount = _clock.Now + CountEvery;
    }

    private async Task WakeSoonOnes()
    {
        var due = _soon.Values.Where(j => j.DueAt <= _clock.Now).ToList();
        foreach (var job in due) _soon.Remove(job.Id);
        foreach (var job in await _waker.Wake(due, () => _clock.Now))
        {
            // Its row has a time of its own, by which it is woken at the latest.
            if (job is { Failures: > 0, DueAt: not null }) _soon.TryAdd(job.Id, job);
        }
    }

    /// <summary>
    /// What an older version left is taken into rows when the catalog comes. A silo of that version, in the midst of an upgrade, gives it
    /// up for a call that says that it is of a newer one, if it can read it: so this is one that older versions know. What stands in rows
    /// is woken all the same.
    /// </summary>
    private async Task BringCatalog()
    {
        if (_catalogHasCome) return;
        try
        {
            await GrainFactory.GetGrain<ICatalogGrain>("jobs").Find("");
            _catalogHasCome = true;
        }
        catch (Exception e)
        {
            SupervisorLog.RoundFailed(_logger, e);
        }
    }

    private async Task MakeDue()
    {
        var (all, givenUp) = (_allAreDue, _givenUpAreDue);
        if (!all && !givenUp) return;
        (_allAreDue, _givenUpAreDue) = (false, false);
        try
        {
            if (all) await _jobs.MakeDue(_clock.Now, givenUp: false);
            if (givenUp) await _jobs.MakeDue(_clock.Now, givenUp: true);
        }
        catch
        {
            (_allAreDue, _givenUpAreDue) = (_allAreDue || all, _givenUpAreDue || givenUp);
            throw;
        }
    }

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private HashSet<(SiloAddress, SiloStatus)> Members() => [.. _membership.Answering().Select(m => (m.SiloAddress, m.Status))];
}
