using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Kinds;

namespace PgmCluster.Api.Jobs;

/// <summary>
/// Reads jobs a page of the catalog at a time. Of a job at rest the catalog knows enough; one that goes on is asked itself.
/// </summary>
internal static class JobListing
{
    private const int AtOnce = 16;

    public static async Task<JobPage> ReadAsync(
        IGrainFactory grains, JobKind? kind, JobPhase? phase, IReadOnlyDictionary<string, string>? labels, int limit, string? after,
        CancellationToken cancellation)
    {
        var page = await grains.GetGrain<ICatalogGrain>(JobIds.Catalog).Page(new CatalogQuery
        {
            Kind = kind,
            Limit = limit,
            After = after,
            Labels = labels,
        }.In(phase));
        var jobs = new JobView[page.Entries.Count];
        await Parallel.ForAsync(
            0, jobs.Length, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
            async (i, _) => jobs[i] = await ReadAsync(grains, page.Entries[i]));
        return new JobPage(
            [.. jobs.Where(j => (phase is null || j.Phase == phase) && JobLabels.Have(j.Labels, labels))], page.Next);
    }

    private static async Task<JobView> ReadAsync(IGrainFactory grains, CatalogEntry entry)
    {
        if (entry is { AtRest: true, Phase: not null }) return JobView.Of(entry);
        // Known not to answer: asking again would only take as long again.
        if (entry.Trouble is { } trouble) return JobView.Of(entry, trouble);
        try
        {
            if (entry.JobKind is not { } kind) return JobView.Of(entry, "Its kind was not noted.");
            return JobView.Of(await grains.GetJob(kind, entry.Name).GetStatus(), entry);
        }
        catch (PgmException e)
        {
            return JobView.Of(entry, ErrorLine.Of(e));
        }
    }
}
