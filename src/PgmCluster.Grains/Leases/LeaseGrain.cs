using Orleans.Concurrency;
using PgmCluster.Grains.Metering;
using PgmCluster.Grains.Options;
using PgmCluster.Grains.Placement;
using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Leases;

/// <inheritdoc cref="ILeaseGrain"/>
/// <remarks>
/// Holds nothing that the silos do not say again with their next heartbeats: after its move it is whole within one of them. No call waits
/// for anything.
/// </remarks>
[GrainType("lease"), KeepAlive, PreferControlSilo(Returns = true), Reentrant]
internal sealed partial class LeaseGrain(
    GrainsOptions options, MembershipReadings membership, TimeProvider time, ILogger<LeaseGrain> logger) : Grain, ILeaseGrain
{
    /// <summary>A scheduler that has not asked for so many of its intervals is of a version that every device has to tell.</summary>
    private const int IntervalsUnasked = 3;

    private readonly Timings _timings = options.Timings;
    private readonly string _life = Guid.NewGuid().ToString("N");
    private readonly Dictionary<string, HeardSilo> _silos = [];
    private readonly LeaseReadings _readings = new(time);
    private readonly ILogger _logger = logger;
    private long _heartbeats;
    private long _asked;
    private bool _isTelling;
    private bool _isBlind;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _asked = time.GetTimestamp();
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _readings.Dispose();
        return Task.CompletedTask;
    }

    public Task<LeaseAnswer> Renew(SiloHeartbeat heartbeat)
    {
        if (membership.Age is { } age && age > _timings.LeaseBlind) return Task.FromResult(Refused(age));
        _isBlind = false;
        if (!_silos.TryGetValue(heartbeat.SiloName, out var silo)) _silos[heartbeat.SiloName] = silo = new HeardSilo();
        _readings.Heard(heartbeat.SiloName, time.GetTimestamp());
        if (silo.Take(heartbeat, ++_heartbeats, time.GetTimestamp()) && !_isTelling)
        {
            _isTelling = true;
            _ = TellScheduler();
        }
        if (time.GetElapsedTime(_asked) > IntervalsUnasked * _timings.PlanInterval && !silo.IsForwarded)
        {
            silo.IsForwarded = true;
            _ = Forward(silo);
        }
        return Task.FromResult(new LeaseAnswer());
    }

    public Task<LeaseNews> GetNews(LeaseReading? since)
    {
        _asked = time.GetTimestamp();
        var known = since is { } reading && reading.Life == _life ? reading.Heartbeats : 0;
        foreach (var (name, silo) in _silos)
        {
            if (time.GetElapsedTime(silo.At) <= 2 * _timings.SilentAfter) continue;
            _silos.Remove(name);
            _readings.Forget(name);
        }
        return Task.FromResult(new LeaseNews(
            new LeaseReading(_life, _heartbeats),
            [.. _silos.Where(s => s.Value.Heartbeat > known).Select(s => new SiloNews(
                s.Key, time.GetElapsedTime(s.Value.At), s.Value.Changed > known ? s.Value.Devices : null))]));
    }

    private LeaseAnswer Refused(TimeSpan age)
    {
        var refusal = $"Renewing leases: the membership table could not be read for {age.TotalSeconds:0} s (Pgm:LeaseBlind is "
            + $"{_timings.LeaseBlind}), so another may grant them by now. They go on once the database can be reached again.";
        if (!_isBlind) LogBlind(refusal);
        _isBlind = true;
        return new LeaseAnswer(refusal);
    }

    private async Task TellScheduler()
    {
        try
        {
            await GrainFactory.GetGrain<ILeaseWatcher>("default").Heard();
        }
        catch (Exception e)
        {
            // It asks by itself before long.
            LogUntold(e);
        }
        finally
        {
            _isTelling = false;
        }
    }

    private async Task Forward(HeardSilo silo)
    {
        try
        {
            var scheduler = GrainFactory.GetGrain<IDeviceSchedulerGrain>("default");
            await Task.WhenAll(silo.Devices.Select(scheduler.Announce));
        }
        catch (Exception e)
        {
            // The next heartbeat brings it up again.
            LogUntold(e);
        }
        finally
        {
            silo.IsForwarded = false;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Refusal}")]
    private partial void LogBlind(string refusal);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The scheduler did not hear of what silos say; it is told later")]
    private partial void LogUntold(Exception exception);
}
