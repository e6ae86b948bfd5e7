using PgmCluster.Contracts.Catalog;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Artifacts.Collection;
using PgmCluster.Grains.Artifacts;
using PgmCluster.Grains.Catalog;
using PgmCluster.Grains.Clocks;
using PgmCluster.Grains.Options;
using PgmCluster.Grains.Placement;

namespace PgmCluster.Grains.Retention;

/// <inheritdoc cref="IRetentionKeeperGrain"/>
/// <remarks>It keeps nothing: what it is to do stands in the catalog. Rounds go on beside the turns, one at a time.</remarks>
[GrainType("retentionkeeper"), KeepAlive, PreferControlSilo]
internal sealed class RetentionKeeperGrain : Grain, IRetentionKeeperGrain
{
    private const int MostBegun = 1000;

    /// <summary>As <c>pgm store gc</c> does where nobody says otherwise.</summary>
    private static readonly TimeSpan s_ageOfFiles = TimeSpan.FromDays(7);

    private static readonly TimeSpan s_collectEvery = TimeSpan.FromDays(1), s_longestRetry = TimeSpan.FromMinutes(1);

    private readonly ICatalogStore _catalog;
    private readonly IStoredRecords _records;
    private readonly IArtifactStore _store;
    private readonly RetentionRules _rules;
    private readonly SteadyClock _clock;
    private readonly JobSweep _sweep;
    private readonly JobDeletion _deletion;
    private readonly ILogger<RetentionKeeperGrain> _logger;
    private readonly CancellationTokenSource _leaving = new();
    private DateTimeOffset _nextRound, _nextCollection;
    private bool _isUnderWay;

    /// <summary>Jobs were deleted since the last collection.</summary>
    private bool _filesAreLeft;

    public RetentionKeeperGrain(
        ICatalogStore catalog, IStoredRecords records, IArtifactStore store, GrainsOptions options, TimeProvider time,
        ILogger<RetentionKeeperGrain> logger)
    {
        (_catalog, _records, _store, _rules, _logger) = (catalog, records, store, options.Retention, logger);
        _clock = new SteadyClock(time);
        _sweep = new JobSweep(GrainFactory, catalog, records, _clock, logger);
        _deletion = new JobDeletion(GrainFactory, catalog);
        (_nextRound, _nextCollection) = (_clock.Now, _clock.Now + s_collectEvery);
    }

    private TimeSpan Retry => _rules.Interval < s_longestRetry ? _rules.Interval : s_longestRetry;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(static (grain, _) => grain.Tick(), this, TimeSpan.Zero, Retry);
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _leaving.Cancel();
        return Task.CompletedTask;
    }

    public Task Attend() => Task.CompletedTask;

    private Task Tick()
    {
        if (_isUnderWay || _clock.Now < _nextRound) return Task.CompletedTask;
        _isUnderWay = true;
        _ = Round();
        return Task.CompletedTask;
    }

    private async Task Round()
    {
        try
        {
            await GrainFactory.GetGrain<ICatalogGrain>(JobDeletion.Jobs).Page(new CatalogQuery { Limit = 1 });
            await FinishWhatWasBegun();
            var deleted = 0;
            foreach (var selection in _rules.Selections)
            {
                await foreach (var job in _sweep.Run(selection, dryRun: false, _leaving.Token))
                {
                    if (job.Stays is { } why) RetentionLog.Stays(_logger, job.Id, why);
                    else (deleted, _filesAreLeft) = (deleted + 1, true);
                }
            }
            if (deleted > 0) RetentionLog.Deleted(_logger, deleted);
            if (_rules.Any && (_filesAreLeft || _clock.Now >= _nextCollection)) await Collect();
            _nextRound = _clock.Now + _rules.Interval;
        }
        catch (OperationCanceledException) when (_leaving.IsCancellationRequested)
        {
            // The next activation goes on.
        }
        catch (Exception e)
        {
            // The storage is away, or a record is damaged.
            RetentionLog.RoundFailed(_logger, e);
        }
        finally
        {
            _isUnderWay = false;
        }
    }

    private async Task FinishWhatWasBegun()
    {
        foreach (var job in await _catalog.Deleting(JobDeletion.Jobs, MostBegun))
        {
            _leaving.Token.ThrowIfCancellationRequested();
            try
            {
                if (await _deletion.GoOn(job) is { } stays) RetentionLog.Stays(_logger, job.Name, stays);
                else RetentionLog.Finished(_logger, job.Name);
            }
            catch (Exception e) when (!_leaving.IsCancellationRequested)
            {
                // Its mark stays, and the next round tries again: the others do not wait for it.
                RetentionLog.DeletionFailed(_logger, e, job.Name);
            }
        }
    }

    /// <summary>The files of deleted jobs are nobody's, and go once they are old enough.</summary>
    private async Task Collect()
    {
        var report = await Task.Run(() => StoreCollection.RunAsync(
            _store, () => StoredRegistry.ReadAsync(_records, _leaving.Token), s_ageOfFiles, dryRun: false, _leaving.Token));
        (_filesAreLeft, _nextCollection) = (false, _clock.Now + s_collectEvery);
        if (report.Deleted.Count > 0) RetentionLog.Collected(_logger, report.Deleted.Count, report.Deleted.Sum(a => a.Size));
    }
}
