using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PgmCluster.Benchmarks.Proofs.Pictures;
using PgmCluster.Chaos.Clusters;
using PgmCluster.TestSupport.Hub;

namespace PgmCluster.Benchmarks.Proofs.WebDataset;

/// <summary>
/// <c>tests/webdataset</c>: a made WebDataset from a Hub that misbehaves to a trained model, on two silos that are killed on the way, gives
/// what the same jobs give undisturbed.
/// </summary>
internal sealed class WebDatasetProof : Proof
{
    private const long MostMegabytes = 1_500;
    private const double PullSeconds = 20;
    private const int Connections = 8;

    private readonly int _images = ProofSettings.Number("IMAGES", 50_000, least: 200), _shards = ProofSettings
        .Number("SHARDS", 50, least: 2),
        _kills = ProofSettings.Number("KILLS", 8), _seed = ProofSettings.Number("SEED", 1),
        _steps = ProofSettings.Number("STEPS", 400, least: 1),
        _broken = ProofSettings.Number("BROKEN", 20);

    public override string Name => "webdataset";

    protected override async Task FindAsync()
    {
        var pictures = new MadePictures(_images, _seed, _broken - Within, Within);
        var files = MadeShards.Write(pictures, _shards);
        var bytes = files.Sum(f => (long)f.Content.Length);
        Say($"made {_images} pictures in {_shards} shards, {bytes >> 20} MiB");
        Table.Note("pictures", $"{_images} JPEGs, {bytes} bytes in {_shards} shards: " + string.Join(", ",
            Enumerable.Range(0, _images).CountBy(pictures.KindOf).OrderByDescending(k => k.Value).Select(k => $"{k.Value} {k.Key}")));
        ChainOutcome disturbed, undisturbed;
        await using (var cluster = new LocalCluster(database: null))
            disturbed = await Disturbed(cluster, files, bytes);
        Say("the same, undisturbed");
        await using (var cluster = new LocalCluster(database: null))
            undisturbed = await Undisturbed(cluster, files);
        Compare(disturbed, undisturbed);
        Table.Note("wall time", string.Create(CultureInfo.InvariantCulture, $"{Elapsed.TotalSeconds:0} s"));
    }

    private async Task<ChainOutcome> Disturbed(LocalCluster cluster, (string Path, byte[] Content)[] files, long bytes)
    {
        var random = new Random(_seed);
        await using var hub = await FaultyHub.StartAsync(
            files, Path.Combine(cluster.Directory, "downloads"), _seed, bytes / PullSeconds / Connections);
        var kills = new Kills(_kills, JobChain.Stages.Count, random);
        await using var chain = new JobChain(cluster, hub, Sizes, kills, random, Say);
        await chain.StartAsync();
        foreach (var (status, found) in new[] { (401, "token is not valid"), (403, "may not read it"), (404, "it is not there") })
        {
            var refusal = await chain.RefusalAsync(status);
            Table.Add($"{status} of the Hub refuses the pull at once", refusal ?? "not refused",
                refusal?.Contains(found, StringComparison.Ordinal) == true);
        }
        foreach (var status in new[] { 503, 429, 500 }) hub.AnswerNext(status);
        var outcome = await chain.RunAsync();
        Table.Note("jobs started again after a failure", chain.Failures.Count == 0 ? "none" : string.Join("; ", chain.Failures));
        Pulled(hub, outcome, files);
        Table.Add("kill -9 of a silo that held work", $"{chain.Killed.Count} of {_kills}: "
            + string.Join(", ", chain.Killed.CountBy(k => k).Select(k => $"{k.Value} x {k.Key}")), chain.Killed.Count == _kills);
        foreach (var (silo, most) in chain.Memory.Most.OrderBy(m => m.Key))
            Table.Add($"peak memory of silo {silo} (VmHWM) under 1.5 GB", string.Create(CultureInfo.InvariantCulture, $"{most:0} MB"),
                most < MostMegabytes);
        var told = FilesWithToken(cluster.Directory).ToList();
        Table.Add("the token is in no file, log or state", told.Count == 0 ? "none" : string.Join(", ", told),
            told.Count == 0 && !hub.HasLeakedToken);
        return outcome;
    }

    private async Task<ChainOutcome> Undisturbed(LocalCluster cluster, (string Path, byte[] Content)[] files)
    {
        await using var hub = await FaultyHub.StartAsync(
            files, Path.Combine(cluster.Directory, "downloads"), seed: null, bytesPerSecond: 0);
        await using var chain = new JobChain(
            cluster, hub, Sizes, new Kills(0, JobChain.Stages.Count, new Random(0)), new Random(0), Say);
        await chain.StartAsync();
        return await chain.RunAsync();
    }

    /// <summary>Broken pictures that only decoding finds.</summary>
    private int Within => _broken / 4;

    private ChainSizes Sizes => new(_broken - Within, Within, Math.Max(1, _images / _shards), _steps);

    private void Pulled(FaultyHub hub, ChainOutcome outcome, (string Path, byte[] Content)[] files)
    {
        var whole = files.Count(f =>
        {
            using var file = File.OpenRead(Path.Combine(outcome.Pull.Directory, f.Path));
            return SHA256.HashData(file).AsSpan().SequenceEqual(SHA256.HashData(f.Content));
        });
        Table.Add("pulled files are the server's", $"{whole} of {files.Length}", whole == files.Length);
        var transfers = hub.Transfers.ToList();
        var mishaps = transfers.Select(t => t.Mishap).OfType<string>().Concat(hub.Answered).CountBy(m => m).OrderBy(m => m.Key);
        Table.Add("what the server did wrong", string.Join(", ", mishaps.Select(m => $"{m.Value} x {m.Key}"))
            + (hub.Due > 0 ? $"; {hub.Due} never met" : ""), hub.Due == 0);
        var sums = TransferSums.Of(transfers);
        Table.Add("every transfer begins at the byte that comes next on the disk", $"{transfers.Count} transfers, {sums.Elsewhere} "
            + "elsewhere",
            sums.Elsewhere == 0);
        Table.Add("nothing that lay on the disk is fetched twice", $"{sums.Twice} bytes, and {sums.Again} transfers of whole files",
            sums.Twice == 0 && sums.Again == 0);
        Table.Note("bytes sent", $"{sums.Sent}: the files' {files.Sum(f => (long)f.Content.Length)}, {sums.OnTheWay} that were on "
            + "their way "
            + $"when a silo or connection ended, {sums.Spoiled} that the server made worthless (changed ETag, 416)");
    }

    private void Compare(ChainOutcome disturbed, ChainOutcome undisturbed)
    {
        Table.Add("pictures without a header or an end are left out of the dataset",
            $"{disturbed.Dataset.Unreadable?.Count ?? 0} of {_broken - Within}",
            (disturbed.Dataset.Unreadable?.Count ?? 0) == _broken - Within && disturbed.Dataset.Images == _images - _broken + Within);
        var (skipped, same) = (disturbed.Tokens.Skipped ?? [], undisturbed.Tokens.Skipped ?? []);
        Table.Add("pictures broken within are left out of the tokens, the same ones", $"{skipped.Count} of {Within}: "
            + string.Join(", ", skipped.Take(3).Select(s => s.Key)),
            skipped.Count == Within && skipped.Select(s => (s.Shard, s.Key)).SequenceEqual(same.Select(s => (s.Shard, s.Key))));
        Same("content of the dataset", disturbed.Dataset.ContentSha256, undisturbed.Dataset.ContentSha256);
        Same("weights of the tokenizer", disturbed.Tokenizer.WeightsSha256, undisturbed.Tokenizer.WeightsSha256);
        var equal = disturbed.TokenHashes.Zip(undisturbed.TokenHashes).Count(h => h.First == h.Second);
        Table.Add("token shards are the undisturbed job's", $"{equal} of {undisturbed.TokenHashes.Count} equal, "
            + $"{disturbed.Tokens.Images} images, {disturbed.Tokens.CodesUsed} of {disturbed.Tokens.Codebook} codes in use",
            equal == undisturbed.TokenHashes.Count && equal == disturbed.TokenHashes.Count
                && disturbed.Tokens.Images == _images - _broken);
        Same("weights of the model", disturbed.Model.WeightsSha256, undisturbed.Model.WeightsSha256);
        Same("averaged weights of the model", disturbed.Model.EmaSha256, undisturbed.Model.EmaSha256);
    }

    private void Same(string what, string? one, string? other) => Table.Add(
        $"{what}: as undisturbed", one == other ? $"{one?[..16]}..." : $"{one} and {other}", one is not null && one == other);

    private static IEnumerable<string> FilesWithToken(string directory)
    {
        var token = Encoding.UTF8.GetBytes(HubServer.Token);
        foreach (var file in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
        {
            if (File.ReadAllBytes(file).AsSpan().IndexOf(token) >= 0) yield return Path.GetRelativePath(directory, file);
        }
    }
}
