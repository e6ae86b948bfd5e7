using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Kinds;
using PgmCluster.Grains.Catalog;
using PgmCluster.Grains.Jobs;
using PgmCluster.Grains.Jobs.Requests;
using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Retention;

/// <summary>
/// Deletes one job that nothing refers to. Its entry is marked first, so that nobody finds the job from then on, and taken out last: what
/// was begun is found again by the mark, and finished (<see cref="RetentionKeeperGrain"/>).
/// </summary>
/// <param name="grains">Finds the job.</param>
/// <param name="catalog">Where it is listed.</param>
internal sealed class JobDeletion(IGrainFactory grains, ICatalogStore catalog)
{
    /// <summary>The catalog of jobs.</summary>
    public const string Jobs = "jobs";

    /// <summary>Of two silos.</summary>
    private static readonly TimeSpan s_clocksDiffer = TimeSpan.FromMinutes(1);

    /// <summary>Deletes it where it may be.</summary>
    /// <param name="job">As the catalog has it.</param>
    /// <param name="phases">How it may have come to rest.</param>
    /// <param name="since">When it was looked for what is made from it: what has come since is looked for again.</param>
    /// <returns>Why it stays; null where it is gone.</returns>
    public async Task<string?> Delete(CatalogEntry job, Func<JobPhase, bool> phases, DateTimeOffset since)
    {
        if (await Hindrance(job, phases) is { } hindrance) return hindrance;
        if (!await catalog.Mark(Jobs, job.Name, EntryMark.ByRules, EntryMark.Deleting, job.ChangedAt))
            return "it was changed meanwhile. Try again";
        return await TakeBackWhereUsed(job, since) ?? await Finish(job);
    }

    /// <summary>Goes on with the deletion of a job whose entry is marked, where it was cut off.</summary>
    /// <returns>Why it stays; null where it is gone.</returns>
    /// <exception cref="PgmException">Its record cannot be read.</exception>
    public async Task<string?> GoOn(CatalogEntry job)
    {
        // Whether it had been looked for what has come meanwhile is not known, nor since when: nothing is made from it before it has ended.
        var used = await PhaseOf(job.JobKind!.Value, job.Name) is null ? null : await TakeBackWhereUsed(job, job.ChangedAt);
        return used ?? await Finish(job);
    }

    /// <summary>What of its own keeps a job from being deleted; null for nothing.</summary>
    /// <param name="job">As the catalog has it.</param>
    /// <param name="phases">How it may have come to rest.</param>
    public async Task<string?> Hindrance(CatalogEntry job, Func<JobPhase, bool> phases)
    {
        if (!job.AtRest || job.JobKind is not { } kind) return $"it is not at rest. End it with 'pgm runs cancel {job.Name}'";
        if (job.Kept) return $"it is marked to be kept. Take that back with 'pgm runs keep {job.Name} --no-keep'";
        var phase = await PhaseOf(kind, job.Name);
        if (phase is { } present && !phases(present)) return $"it is {JobWords.Of(present)}";
        if (await grains.GetGrain<IDeviceSchedulerGrain>("default").Find(job.Name) is not null) return DeletedJobs.StillWorkedFor;
        return phase is null ? null : await Part(job).Hindrance();
    }

    private IDeletableJob Part(CatalogEntry job) => grains.GetJob(job.JobKind!.Value, job.Name).AsReference<IDeletableJob>();

    private async Task<string?> TakeBackWhereUsed(CatalogEntry job, DateTimeOffset since)
    {
        if (await catalog.MadeFrom(Jobs, job.Name, Before(since)) is not [{ } user, ..]) return null;
        await catalog.Mark(Jobs, job.Name, EntryMark.Deleting, EntryMark.ByRules);
        return $"'{user.Name}' has been made from it meanwhile. Try again";
    }

    /// <summary>Where the time is not known, all are looked at.</summary>
    private static DateTimeOffset Before(DateTimeOffset since) => since == default ? since : since - s_clocksDiffer;

    /// <returns>Why it stays; null where it is gone.</returns>
    private async Task<string?> Finish(CatalogEntry job)
    {
        try
        {
            await Part(job).Delete();
        }
        catch (InvalidRequestException e)
        {
            // It, or a device for it, goes on, and nothing of it was changed.
            await catalog.Mark(Jobs, job.Name, EntryMark.Deleting, EntryMark.ByRules);
            return e.Message.TrimEnd('.');
        }
        await grains.GetGrain<ICatalogGrain>(Jobs).Remove(job.Name);
        return null;
    }

    /// <returns>Null where nothing is left of it but its entry.</returns>
    /// <exception cref="PgmException">Its record cannot be read: it would be deleted in vain.</exception>
    private async Task<JobPhase?> PhaseOf(JobKind kind, string id)
    {
        try
        {
            return (await grains.GetJob(kind, id).GetStatus()).Phase;
        }
        catch (NotFoundException)
        {
            return null;
        }
    }
}
