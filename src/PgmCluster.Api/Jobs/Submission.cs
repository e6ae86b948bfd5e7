using PgmCluster.Api.Callers;
using PgmCluster.Api.Keys;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Api.Jobs;

/// <summary>Submits a job in somebody's name, whichever way they came.</summary>
internal static class Submission
{
    /// <param name="grains">The cluster.</param>
    /// <param name="kind">What is submitted.</param>
    /// <param name="caller">By whom.</param>
    /// <param name="id">Under this id.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="isKeyed">
    /// It may be sent again by somebody who did not hear the answer, who did not ask for another attempt at what has failed meanwhile.
    /// </param>
    /// <returns>The job, and whether there was none of the id before.</returns>
    /// <exception cref="PgmException">It is refused.</exception>
    public static async Task<(JobView Job, bool IsNew)> SubmitAsync<TGrain, TRequest, TResult>(
        IGrainFactory grains, Submitted<TGrain, TRequest, TResult> kind, Caller caller, string id, TRequest request, bool isKeyed = false)
        where TGrain : IJobGrain
        where TRequest : class, IScheduledRequest
    {
        var catalog = grains.GetGrain<ICatalogGrain>(JobIds.Catalog);
        var entry = await catalog.Find(id);
        if (entry is not null) caller.RequireOwn($"Starting '{id}'", entry.Owner);
        var job = grains.GetGrain<TGrain>(id);
        if (isKeyed && entry is { Phase: JobPhase.Failed or JobPhase.Cancelled }) return (JobView.Of(await job.GetStatus(), entry), false);
        var status = await kind.Start(job, kind.Queued(request, SchedulingOf(caller, request.Scheduling)));
        var made = await catalog.Find(id);
        // Somebody else may have been first while this request was planned.
        if (made is not null) caller.RequireOwn($"Starting '{id}'", made.Owner);
        return (JobView.Of(status, made), entry is null);
    }

    /// <summary>What somebody submits is theirs; an admin, and who is alone on a machine, may say whose it is.</summary>
    public static Scheduling SchedulingOf(Caller caller, Scheduling? asked)
    {
        var user = asked is { User.Length: > 0 } ? asked.User : caller.Name;
        if (user != caller.Name && caller.Role != ApiRole.Admin)
            throw new PgmException(
                $"Submitting for '{ForeignText.Of(user)}': '{caller.Name}' is no admin. Leave out scheduling.user, or use an admin's key.")
            { Code = PgmErrorCode.Denied };
        return (asked ?? new Scheduling()) with { User = user };
    }
}
