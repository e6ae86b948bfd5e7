using System.Runtime.CompilerServices;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Artifacts;
using PgmCluster.Grains.Calls;
using PgmCluster.Grains.Catalog;
using PgmCluster.Grains.Clocks;
using PgmCluster.Grains.Placement;
using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Retention;

/// <inheritdoc cref="IJobRetentionGrain"/>
[GrainType("jobretention"), PreferControlSilo]
internal sealed class JobRetentionGrain(
    ICatalogStore catalog, IStoredRecords records, TimeProvider time, ILogger<JobRetentionGrain> logger) : Grain, IJobRetentionGrain
{
    /// <summary>A client waits ten seconds for an answer.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_oldest = TimeSpan.FromDays(36_500);

    private readonly SteadyClock _clock = new(time);

    private JobSweep Sweep => new(GrainFactory, catalog, records, _clock, logger);

    public async Task Delete(string id)
    {
        if (await Sweep.Delete(await Find("Deleting", id)) is { } why)
            throw new InvalidRequestException($"Deleting job '{id}': {why}.") { Code = PgmErrorCode.Conflict };
    }

    public async IAsyncEnumerable<IReadOnlyList<JobVerdict>> DeleteMany(
        JobSelection selection, bool dryRun, [EnumeratorCancellation] CancellationToken cancellation)
    {
        Check(selection);
        await BringCatalog();
        var verdicts = Sweep.Run(selection, dryRun, cancellation).Select(IReadOnlyList<JobVerdict> (v) => new[] { v });
        await foreach (var part in verdicts.WithHeartbeat([], Heartbeat, cancellation)) yield return part;
    }

    public async Task Keep(string id, bool keep)
    {
        var doing = keep ? "Keeping" : "Keeping no more";
        var job = await Find(doing, id);
        var (from, to) = keep ? (EntryMark.ByRules, EntryMark.Kept) : (EntryMark.Kept, EntryMark.ByRules);
        if (await catalog.Mark(JobDeletion.Jobs, id, from, to) || job.Kept == keep) return;
        throw new InvalidRequestException(
            $"{doing} job '{id}': it is being deleted, or was changed meanwhile. Look with 'pgm runs list', then try again.")
        {
            Code = PgmErrorCode.Conflict,
        };
    }

    /// <summary>An age below 0 would mean jobs of the future, and so all that there are.</summary>
    private static void Check(JobSelection selection)
    {
        if (selection.OlderThan is { } age && (age <= TimeSpan.Zero || age > s_oldest))
            throw new InvalidRequestException(
                $"Deleting jobs older than {age}: give more than 0, and at most {s_oldest.TotalDays:0} days.");
        if (selection.KeepNewest < 0)
            throw new InvalidRequestException($"Deleting all jobs but the newest {selection.KeepNewest}: give 0 or more.");
    }

    private async Task<CatalogEntry> Find(string doing, string id) => await GrainFactory.GetGrain<ICatalogGrain>(JobDeletion.Jobs).Find(id)
        ?? throw new NotFoundException($"{doing} job '{id}': there is none of that id. 'pgm runs list' shows what there is.");

    /// <summary>What an older version left is moved into rows when the catalog comes.</summary>
    private Task BringCatalog() => GrainFactory.GetGrain<ICatalogGrain>(JobDeletion.Jobs).Page(new CatalogQuery { Limit = 1 });
}
