using System.Formats.Tar;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Images;
using PgmCluster.Data.Manifests;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Tests.Support;
using PgmCluster.Grains.Tokenization;

namespace PgmCluster.Grains.Tests.Tokenization;

/// <summary>Tokens of a dataset of three archives for training and one for validation, and of its second version.</summary>
public sealed class VersionTokensTests : ClusterTest, IDisposable
{
    private const int Pictures = 5;
    private static readonly TokenizationRequest Request = new()
    {
        Dataset = "shoes",
        Tokenizer = "tok",
        AlsoSplits = ["validation"],
        Flips = true,
    };

    private readonly string _source = Directory.CreateTempSubdirectory("pgm-versions-").FullName;

    public void Dispose() => Directory.Delete(_source, recursive: true);

    [Fact]
    public async Task Start_SecondVersionWithOneChangedShard_TokenizesThatShardAlone()
    {
        var first = await Tokenize("one");
        Assert.Equal(8, Shards());

        WriteShard("train-1", shade: 200);
        await Register();
        var second = await Tokenize("two");

        Assert.Equal(["two/flipped-00001", "two/shard-00001"], Outputs().Skip(8).Order());
        Assert.Equal(Files(first).Where((_, i) => i is not (1 or 4)), Files(second).Where((_, i) => i is not (1 or 4)));
        Assert.DoesNotContain(second.Shards[1].File, Files(first));
        Assert.Equal(15, second.Images);
    }

    [Fact]
    public async Task Start_SecondVersion_TakesOverWhatAFailedTokenizationHasAndNothingThatIsDamaged()
    {
        await Register();
        await Tokenizer();
        var fails = Cluster.Tokens("one");
        Work.Auto = item => item.Read<TokenizeShardWork>().Output.EndsWith("shard-00002.safetensors", StringComparison.Ordinal)
            ? throw new Data.BadInputException("Image 12 is damaged.")
            : WorkJson.Write(Made(item));
        await fails.Start(Request with { AlsoSplits = [], Flips = false });
        await ToRest(fails, JobPhase.Failed);
        File.AppendAllText(Path.Combine(Cluster.Root, "artifacts", "tokens/one/shard-00000.safetensors"), "x");

        WriteShard("train-2", shade: 200);
        await Register();
        Work.Auto = item => WorkJson.Write(Made(item));
        var before = Shards();
        var two = Cluster.Tokens("two");
        await two.Start(Request with { AlsoSplits = [], Flips = false });
        await ToRest(two, JobPhase.Completed);

        Assert.Equal(["two/shard-00000", "two/shard-00002"], Outputs().Skip(before).Order());
        Assert.Equal("tokens/one/shard-00001.safetensors", (await two.GetResult()).Shards[1].File.Name);
    }

    /// <summary>The earlier tokens are holes of a tebibyte each: whoever hashes them is at it for an hour.</summary>
    [Fact]
    public async Task Start_SecondVersion_TakesEarlierTokensOverWithoutReadingThem()
    {
        await Register();
        await Tokenizer();
        Work.Auto = item => WorkJson.Write(Large(Made(item)));
        await Cluster.Tokens("one").Start(Request with { AlsoSplits = [], Flips = false });
        await ToRest(Cluster.Tokens("one"), JobPhase.Completed);

        WriteShard("train-2", shade: 200);
        await Register();
        Work.Auto = item => WorkJson.Write(Made(item));
        var before = Shards();
        await Cluster.Tokens("two").Start(Request with { AlsoSplits = [], Flips = false });
        await ToRest(Cluster.Tokens("two"), JobPhase.Completed);

        Assert.Equal(["two/shard-00002"], Outputs().Skip(before));
    }

    [Fact]
    public async Task Start_SameVersionOrAnotherBatchSize_TakesNothingOver()
    {
        await Tokenize("one");
        await Tokenize("again");
        Assert.Equal(16, Shards());
        // How long it takes is known once it was measured.
        var (first, second) = (await Cluster.Tokens("one").GetEstimate(), await Cluster.Tokens("again").GetEstimate());
        Assert.Equal((40L, 8, null, null), (first!.Images, first.Shards, first.ImagesPerSecond, first.MeasuredBy));
        Assert.Equal(("one", true), (second!.MeasuredBy, second.ImagesPerSecond > 0));

        WriteShard("train-1", shade: 200);
        await Register();
        await Tokenize("two", Request with { BatchSize = 7 });
        Assert.Equal(24, Shards());
    }

    /// <summary>Their tokens are of other batches than those that would be made now.</summary>
    [Fact]
    public async Task Places_OfUnitsThatWereNotCutAtShards_AreNone()
    {
        await Tokenize("one");
        var stored = new GrainState<TokenizationJobState>();
        await Cluster.Storage.ReadStateAsync("tokenization-job", Cluster.Tokens("one").GetGrainId(), stored);
        var state = stored.State!;
        var origin = new TokenOrigin(state.Dataset!, state.Tokenizer!, state.Request!, state.Units);
        var manifest = new DatasetManifest
        {
            Format = "",
            ContentSha256 = "",
            Classes = [],
            Labels = new Dictionary<string, int>(),
            Splits = [],
            Shards = [],
            Sizes = null!,
        };
        Assert.Equal(8, FormerTokens.Places(origin, manifest).Count());
        var before = origin with { Units = [state.Units[0] with { Ends = null, Size = Pictures }, .. state.Units.Skip(1)] };
        Assert.Equal([3, 1, 1], FormerTokens.Places(before, manifest).GroupBy(p => p.Run).Select(g => g.Count()));
    }

    [Fact]
    public async Task Start_SecondVersionWhereTheStoreCannotReadTheFirst_TokenizesAll()
    {
        await Tokenize("one");
        var former = (await Cluster.Grains.GetGrain<IDatasetGrain>("shoes").Get()).Manifest!;
        WriteShard("train-1", shade: 200);
        await Register();
        var file = Path.Combine(Cluster.Root, "artifacts", former.Name);
        File.Delete(file);
        // Whoever opens it is denied access: no damage that is known of.
        Directory.CreateDirectory(file);

        await Tokenize("two");

        Assert.Equal(16, Shards());
    }

    [Fact]
    public async Task Start_FlipsByADeviceThatDoesNotKnowThem_Fails()
    {
        await Register();
        await Tokenizer();
        Work.Auto = item => WorkJson.Write(Made(item) with { Flipped = false });
        await Cluster.Tokens("one").Start(Request);
        Assert.Contains("silos of different versions", (await ToRest(Cluster.Tokens("one"), JobPhase.Failed)).Message);
    }

    [Fact]
    public async Task GetResult_SplitsAndFlips_AreSetsOfTheirOwnThatTrainingUsesWhereAsked()
    {
        var result = await Tokenize("one");
        Assert.Equal((15, 3), (result.Images, result.Shards.Count));
        // Versions before take format 2 and would make something else of it.
        var stored = new GrainState<TokenizationJobState>();
        await Cluster.Storage.ReadStateAsync("tokenization-job", Cluster.Tokens("one").GetGrainId(), stored);
        Assert.Equal(3, stored.State!.FormatVersion);
        Assert.Equal(
            [("train", true, 15, 3), ("validation", false, 5, 1), ("validation", true, 5, 1)],
            result.MoreSets!.Select(s => (s.Split, s.Flipped, s.Images, s.Shards.Count)));
        var works = Work.Created.Where(i => i.Kind == WorkKinds.TokenizeShard).Select(i => i.Read<TokenizeShardWork>()).ToList();
        Assert.All(works, w => Assert.Equal((w.Output.Contains("flipped"), true, 5), (w.Flip, w.ByPictures, w.Images.Count)));

        Work.Auto = null;
        var onTokens = new Contracts.Training.TrainingRequest { Preset = "pgm-x", Tokens = "one" };
        await Cluster.Run("plain").Start(onTokens);
        await Cluster.Run("both").Start(onTokens with { Flips = true });
        var plain = await Work.Next();
        Assert.Null(plain.Read<TrainWork>().Flipped);
        plain.Complete(GrainCluster.TrainResult("plain"));
        var both = (await Work.Next()).Read<TrainWork>();
        Assert.Equal(result.Shards.Select(s => s.File.Sha256), both.Tokens!.Select(t => t.Sha256));
        Assert.Equal(result.MoreSets![0].Shards.Select(s => s.File.Sha256), both.Flipped!.Select(t => t.Sha256));

        var twice = await Assert.ThrowsAsync<InvalidRequestException>(
            () => Cluster.Tokens("twice").Start(Request with { AlsoSplits = ["train"] }));
        Assert.Contains("split 'train' is named twice", twice.Message);
    }

    private async Task<TokenizationResult> Tokenize(string id, TokenizationRequest? request = null)
    {
        if (id == "one")
        {
            await Register();
            await Tokenizer();
        }
        Work.Auto = item => WorkJson.Write(Made(item));
        await Cluster.Tokens(id).Start(request ?? Request);
        await ToRest(Cluster.Tokens(id), JobPhase.Completed);
        return await Cluster.Tokens(id).GetResult();
    }

    private async Task Tokenizer()
    {
        Work.Auto = _ => WorkJson.Write(GrainCluster.TrainResult("tok"));
        await Cluster.Run("tok").Start(GrainCluster.Request());
        await ToRest(Cluster.Run("tok"), JobPhase.Completed);
    }

    private async Task Register()
    {
        foreach (var (i, name) in new[] { "train-0", "train-1", "train-2", "validation-0" }.Index())
            if (!File.Exists(Path.Combine(_source, $"{name}.tar"))) WriteShard(name, shade: 10 * i);
        await Cluster.Grains.GetGrain<IDatasetGrain>("shoes").Register(new DatasetRequest { Location = _source });
    }

    private void WriteShard(string name, int shade)
    {
        using var tar = new TarWriter(File.Create(Path.Combine(_source, $"{name}.tar")), TarEntryFormat.Pax);
        for (var i = 0; i < Pictures; i++)
        {
            var picture = new RgbImage(4, 4);
            Array.Fill(picture.Pixels, (byte)(shade + i));
            Add($"{name}-{i}.png", PngWriter.Encode(picture));
            Add($"{name}-{i}.cls", [(byte)('0' + i % 2)]);
        }

        void Add(string member, byte[] content) =>
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, member) { DataStream = new MemoryStream(content) });
    }

    /// <summary>What a device makes: the file is really there.</summary>
    private TokenizeShardResult Made(FakeItem item)
    {
        var work = item.Read<TokenizeShardWork>();
        var store = new DirectoryArtifactStore(Path.Combine(Cluster.Root, "artifacts"));
        var file = store.Write(work.Output, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(work.Output)));
        return GrainCluster.ShardResult(item) with { File = file };
    }

    private TokenizeShardResult Large(TokenizeShardResult made)
    {
        using var file = File.OpenWrite(Path.Combine(Cluster.Root, "artifacts", made.File.Name));
        file.SetLength(1L << 40);
        return made with { File = made.File with { Size = file.Length } };
    }

    private int Shards() => Outputs().Count();

    private IEnumerable<string> Outputs() => Work.Created.Where(i => i.Kind == WorkKinds.TokenizeShard)
        .Select(i => i.Read<TokenizeShardWork>().Output["tokens/".Length..^".safetensors".Length]);

    private static List<ArtifactReference> Files(TokenizationResult result) =>
        [.. result.Shards.Concat(result.MoreSets!.SelectMany(s => s.Shards)).Select(s => s.File)];
}
