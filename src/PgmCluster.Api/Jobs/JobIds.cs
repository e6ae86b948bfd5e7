using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using PgmCluster.Api.Callers;
using PgmCluster.Api.Errors;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Api.Jobs;

/// <summary>Ids of jobs: those in addresses, and those that are made here.</summary>
internal static class JobIds
{
    /// <summary>Key of the catalog of jobs.</summary>
    public const string Catalog = "jobs";

    /// <summary>The header by which a submission that is repeated is one.</summary>
    public const string KeyHeader = "Idempotency-Key";

    /// <summary>The entry of a job.</summary>
    /// <param name="grains">The cluster.</param>
    /// <param name="kind">That it has to be of; null for any.</param>
    /// <param name="id">Of the job.</param>
    /// <exception cref="NotFoundException">There is none, or it is of another kind.</exception>
    public static async Task<CatalogEntry> RequireAsync(IGrainFactory grains, JobKind? kind, string id)
    {
        var what = kind is { } known ? $"{known.ToString().ToLowerInvariant()} job" : "job";
        if (!JobNames.CanBe(id) || await grains.GetGrain<ICatalogGrain>(Catalog).Find(id) is not { JobKind: { } found } entry)
            throw new NotFoundException($"Looking for {what} '{ForeignText.Of(id)}': there is none. GET /api/v1/jobs lists what there is.");
        if (kind is not null && found != kind)
            throw new NotFoundException(
                $"Looking for {what} '{id}': it is a {found.ToString().ToLowerInvariant()} job. Use /api/v1/{KindPaths.Of(found)}/{id}.");
        return entry;
    }

    /// <summary>
    /// An id for a submission without one: by its key, so that the same key of the same caller means the same job, or a new one.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="caller">Whose keys are their own.</param>
    /// <param name="kind">What is submitted.</param>
    /// <returns>The id, and whether there was a key.</returns>
    /// <exception cref="HttpRefusedException">There are several keys, or one that cannot be.</exception>
    public static (string Id, bool IsKeyed) Make(HttpContext context, Caller caller, JobKind kind)
    {
        var word = kind.ToString().ToLowerInvariant();
        var keys = context.Request.Headers[KeyHeader];
        if (keys.Count == 0) return ($"{word}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}", false);
        if (keys is not [{ Length: >= 1 and <= 200 } key] || key.Any(c => c is < '!' or > '~'))
            throw new HttpRefusedException(
                StatusCodes.Status400BadRequest,
                $"Reading {KeyHeader}: it is not one key of 1 to 200 visible ASCII characters. Send such a one, a UUID for example.");
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{caller.Name}\n{word}\n{key}"));
        return ($"{word}-key-{Convert.ToHexStringLower(hash)[..32]}", true);
    }
}
