using System.Text.Json;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Kinds;
using PgmCluster.Data.Names;
using PgmCluster.Grains.Artifacts;
using PgmCluster.Grains.Jobs;
using PgmCluster.Grains.Placement;
using PgmCluster.Grains.Protocol;

namespace PgmCluster.Grains.Retention;

/// <inheritdoc cref="IJobRetentionGrain"/>
[PreferControlSilo]
internal sealed class JobRetentionGrain(IStoredRecords records) : Grain, IJobRetentionGrain
{
    private const int MostNamed = 5;

    private ICatalogGrain Jobs => GrainFactory.GetGrain<ICatalogGrain>("jobs");

    public async Task Delete(string id)
    {
        var entry = await Jobs.Find(id)
            ?? throw new NotFoundException($"Deleting job '{id}': there is none of that id. 'pgm runs list' shows what there is.");
        if (!entry.AtRest || entry.JobKind is not { } kind)
            throw Refusal(id, $"it is not at rest. End it with 'pgm runs cancel {id}'");
        if (await GrainFactory.GetGrain<IDeviceSchedulerGrain>("default").Find(id) is not null)
            throw Refusal(id, "a device has not ended its work yet. Try again in a while");
        var users = await Jobs.Read(new CatalogQuery { AtRest = false }).Where(j => j.MadeFrom.Contains(id)).ToListAsync();
        if (users.Count > 0)
            throw Refusal(id, $"work is under way that is made from it: {Few([.. users.Select(u => $"'{u.Name}'")])}. Wait for its end");
        var uses = await UsesOf(id);
        if (uses.Count > 0) throw Refusal(id, $"its files are in use by {Few(uses)}. Delete what uses them first");
        await GrainFactory.GetJob(kind, id).AsReference<IDeletableJob>().Delete();
        await Jobs.Remove(id);
    }

    private async Task<List<string>> UsesOf(string id)
    {
        try
        {
            // Beside the turn: there may be a great many.
            return await Task.Run(async () => JobUses.Of(await records.ReadAsync(CancellationToken.None), id));
        }
        catch (JsonException e)
        {
            throw new PgmException(
                $"Deleting job '{id}': what a record refers to cannot be read ({e.Message.ReplaceLineEndings(" ")}). "
                + "Nothing was deleted; 'pgm store gc' names the record.", e);
        }
    }

    private static string Few(List<string> all) => FewOf.List(all, MostNamed);

    private static InvalidRequestException Refusal(string id, string why) =>
        new($"Deleting job '{id}': {why}.") { Code = PgmErrorCode.Conflict };
}
