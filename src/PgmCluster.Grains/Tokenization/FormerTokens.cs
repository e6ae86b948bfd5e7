using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Manifests;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Artifacts;
using PgmCluster.Grains.Calls;
using PgmCluster.Grains.Datasets;
using PgmCluster.Grains.Jobs;
using PgmCluster.Grains.Jobs.Units;

namespace PgmCluster.Grains.Tokenization;

/// <summary>
/// Tokens that were made of an earlier version of a dataset: where a shard is as it was, so are its tokens, whether that tokenization was
/// completed or not.
/// </summary>
internal sealed class FormerTokens(IGrainFactory grains, IDatasetReader reader, IArtifactStore store)
{
    /// <summary>Finds the units that need not be done again.</summary>
    /// <param name="job">The tokenization that is planned.</param>
    /// <param name="planned">What it is made from; its units are cut where the dataset's shards end.</param>
    /// <param name="manifest">Of its dataset.</param>
    public async Task<List<ReusedUnits>> FindAsync(string job, TokenOrigin planned, DatasetManifest manifest)
    {
        var present = Places(planned, manifest).ToList();
        var newest = NewestAsync(
            grains, j => j.Name != job && j.MadeFrom.SequenceEqual([planned.Request.Dataset, planned.Request.Tokenizer]));
        await foreach (var (name, former) in newest)
        {
            if (!IsAlike(former, planned)) continue;
            try
            {
                // Reading indexes takes a while; the pool's thread touches nothing of the grain.
                var (before, equal) = await Task.Run(() => reader.CompareAsync(former.Dataset.Manifest!.ToInfo(), manifest, default));
                var reused = Match(name, Places(former, before), present, equal);
                if (reused.Count > 0) return reused;
            }
            catch (Exception e) when (e is DataCorruptException or IOException or UnauthorizedAccessException)
            {
                // What was made before only saves work.
            }
        }
        return [];
    }

    /// <summary>
    /// The results of the earlier units, by index here; those that have none, or whose files are missing or of another size, are left
    /// out. Who reads the files checks their hashes: to do so here would read a whole set of tokens while the job's caller waits.
    /// </summary>
    public async Task<List<(int Index, string Result)>> ResultsAsync(IEnumerable<ReusedUnits> reused)
    {
        List<(int Index, string Unit)> units = [.. reused.SelectMany(r => Enumerable.Range(0, r.Count).Select(
            i => (r.Index + i, $"{r.Job}/{UnitRun.NameOf(r.Run, r.Number + i)}")))];
        var results = await ManyCalls.Of(units, u => grains.GetGrain<IWorkUnitGrain>(u.Unit).GetResult());
        var found = units.Zip(results).Where(u => u.Second is not null).Select(u => (u.First.Index, Result: u.Second!)).ToList();
        var files = found.Select(f => WorkJson.Read<TokenizeShardResult>(f.Result).File).ToList();
        var stored = await StoredLooks.OfAsync(store, [.. files.Select(f => f.Name)], default);
        return [.. found.Where((_, i) => stored[i]?.Size == files[i].Size)];
    }

    /// <summary>Tokenizations of images, the newest first. What they know only saves work: one that cannot answer is left out.</summary>
    /// <param name="grains">Finds them.</param>
    /// <param name="which">Those that are asked, by their entries in the catalog.</param>
    internal static async IAsyncEnumerable<(string Job, TokenOrigin Origin)> NewestAsync(
        IGrainFactory grains, Func<CatalogEntry, bool> which)
    {
        var jobs = grains.GetGrain<ICatalogGrain>("jobs").Read(new CatalogQuery { Kind = JobKind.Tokenization });
        await foreach (var entry in jobs.Where(which))
        {
            if (await OriginAsync(grains, entry.Name) is { } origin) yield return (entry.Name, origin);
        }
    }

    private static async Task<TokenOrigin?> OriginAsync(IGrainFactory grains, string job)
    {
        try
        {
            return await grains.GetGrain<ITokenSource>(job).GetOrigin();
        }
        catch (Exception e) when (e is PgmException or TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Whether equal images have equal tokens; the same content is no earlier version.</summary>
    private static bool IsAlike(TokenOrigin former, TokenOrigin planned) =>
        former.Tokenizer.Sha256 == planned.Tokenizer.Sha256
        && (former.Request.BatchSize, former.Request.Threads) == (planned.Request.BatchSize, planned.Request.Threads)
        && former.Dataset is { Manifest: not null, Index: null } && former.Dataset.Manifest != planned.Dataset.Manifest;

    /// <summary>
    /// For each unit in order, which images of which shard of the dataset it is about; none for units of versions before, which were not
    /// cut at shards: their tokens depend on which images shared a batch.
    /// </summary>
    internal static IEnumerable<Place> Places(TokenOrigin tokens, DatasetManifest manifest)
    {
        var starts = new int[manifest.Shards.Count + 1];
        for (var i = 0; i < manifest.Shards.Count; i++) starts[i + 1] = starts[i] + manifest.Shards[i].Images;
        var index = 0;
        foreach (var (run, set) in tokens.Units.Zip(SetOfTokens.Of(tokens.Request)))
        {
            if (run.Ends is null)
            {
                index += run.Units;
                continue;
            }
            var split = tokens.Dataset.Split(set.Split);
            // The units follow each other, and so do the shards.
            var shard = 0;
            for (var number = 0; number < run.Units; number++)
            {
                var unit = run.At(index++, number);
                var first = split.Start + unit.First;
                while (shard + 1 < starts.Length && starts[shard + 1] <= first) shard++;
                yield return new Place(shard, first - starts[shard], unit.Images, set.Flipped, run.Name, number);
            }
        }
    }

    private static List<ReusedUnits> Match(string job, IEnumerable<Place> former, IEnumerable<Place> present, IReadOnlyList<int> equal)
    {
        var known = new Dictionary<(int, int, int, bool), Place>();
        foreach (var place in former) known.TryAdd((place.Shard, place.First, place.Images, place.Flipped), place);
        var reused = new List<ReusedUnits>();
        foreach (var (index, place) in present.Index())
        {
            if (!known.TryGetValue((equal[place.Shard], place.First, place.Images, place.Flipped), out var was)) continue;
            var last = reused.Count > 0 ? reused[^1] : null;
            if (last is not null && last.Run == was.Run && last.Index + last.Count == index && last.Number + last.Count == was.Number)
                reused[^1] = last with { Count = last.Count + 1 };
            else reused.Add(new ReusedUnits { Job = job, Run = was.Run, Number = was.Number, Index = index, Count = 1 });
        }
        return reused;
    }

    /// <param name="Shard">Of the dataset.</param>
    /// <param name="First">Its first image within the shard.</param>
    /// <param name="Images">How many.</param>
    /// <param name="Flipped">Whether they are mirrored.</param>
    /// <param name="Run">The unit's run.</param>
    /// <param name="Number">The unit in it.</param>
    internal readonly record struct Place(int Shard, int First, int Images, bool Flipped, string Run, int Number);
}
