using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Images;
using PgmCluster.Grains.Tests.Support;
using PgmCluster.TestSupport.Web;

namespace PgmCluster.Grains.Tests.Jobs;

/// <summary>What a client names, the silo reads: only where its operator says so.</summary>
public class ImportRootsTests : IAsyncLifetime
{
    private readonly string _root = Directory.CreateTempSubdirectory("pgm-roots-").FullName;
    private GrainCluster _cluster = null!;

    private string Allowed => Path.Combine(_root, "allowed");

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(Allowed);
        _cluster = await GrainCluster.Start(configure: options => options.ImportRoots = [Allowed]);
        var dataset = new DatasetRequest { Location = WriteDataset("allowed/shoes") };
        await _cluster.Grains.GetGrain<IDatasetGrain>("shoes").Register(dataset);
    }

    public async Task DisposeAsync()
    {
        await _cluster.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task Inception_OutsideOfTheRoots_IsRefusedInOneLineAndNotStored()
    {
        var secret = Write("secret.pth");
        File.CreateSymbolicLink(Path.Combine(Allowed, "link.pth"), secret);
        foreach (var path in new[] { secret, $"{Allowed}/link.pth", $"{Allowed}/../secret.pth", $"{_root}/allowed-not/w.pth",
            "/proc/self/environ" })
        {
            var refused = await Assert.ThrowsAsync<InvalidRequestException>(() => Statistics("s").Start(Request with { Inception = path }));
            Assert.Contains($"{path}: this silo reads no files outside of Pgm:ImportRoots, which is {Allowed}.", refused.Message);
            Assert.DoesNotContain('\n', refused.Message);
        }
        Assert.False(Directory.Exists(Path.Combine(_cluster.Root, "artifacts", "weights")));
    }

    [Fact]
    public async Task Inception_BelowARootOrStoredByTheClient_IsTaken()
    {
        await Statistics("below").Start(Request with { Inception = Write("allowed/w.pth") });
        var store = new DirectoryArtifactStore(Path.Combine(_cluster.Root, "artifacts"));
        var stored = store.Write("imports/w.pth", stream => stream.WriteByte(7));

        await Statistics("stored").Start(Request with
        {
            Inception = Write("elsewhere.pth"),
            InceptionWeights = new ArtifactReference(stored.Name, stored.Size, stored.Sha256),
        });

        // The file is what counts, wherever its copy is.
        await Statistics("stored").Start(Request with { Inception = Path.Combine(_root, "elsewhere.pth") });
    }

    [Fact]
    public async Task Tokens_OutsideOfTheRoots_AreRefused()
    {
        Directory.CreateDirectory(Path.Combine(_root, "tokens/train"));
        Write("tokens/train/data-00000-of-00001.arrow");
        var location = Path.Combine(_root, "tokens");

        var refused = await Assert.ThrowsAsync<InvalidRequestException>(() => _cluster.Tokens("taken").Start(
            new TokenizationRequest { Dataset = "", Tokenizer = "tok", Import = new TokenImport { Location = location } }));

        Assert.Contains($"from {location}: this silo reads no files outside of Pgm:ImportRoots", refused.Message);
    }

    [Fact]
    public async Task Dataset_OutsideOfTheRoots_IsRefusedWhateverGrainIsAsked()
    {
        var location = WriteDataset("other/shoes");
        var refused = await Assert.ThrowsAsync<InvalidRequestException>(
            () => _cluster.Grains.GetGrain<IDatasetGrain>("other").Register(new DatasetRequest { Location = location }));
        Assert.StartsWith(
            $"Registering dataset 'other' from {location}: this silo reads no files outside of Pgm:ImportRoots", refused.Message);

        var web = await Assert.ThrowsAsync<InvalidRequestException>(() => _cluster.Grains.GetGrain<IDatasetGrain>("other").Register(
            new DatasetRequest { Location = "http://127.0.0.1:9/{a,b}.tar" }));
        Assert.Contains("this silo reads no addresses but those of Pgm:ImportAddresses, which names none.", web.Message);

        var job = _cluster.Grains.GetGrain<IRegistrationJobGrain>("register-other-1");
        var request = new RegistrationRequest
        {
            Dataset = "other",
            Asked = new DatasetRequest { Location = location, Format = "folder" },
            Plan = new ArtifactReference("datasets/x.plan.jsonl", 1, new string('0', 64)),
            Open = [0],
        };
        await Assert.ThrowsAsync<InvalidRequestException>(() => job.Start(request));
    }

    [Fact]
    public async Task Dataset_OfAListedServerThatRedirectsToAnInnerOne_IsRefused()
    {
        await using var server = await FileServer.StartAsync(("listed/a.tar", [1]));
        await using var inner = await FileServer.StartAsync(("a.tar", [1]));
        await using var cluster = await GrainCluster.Start(configure: options =>
        {
            options.ImportRoots = [];
            options.ImportAddresses = [server.Address + "listed/"];
        });
        server.Mishaps.Enqueue((context, _) =>
        {
            context.Response.Redirect(inner.Address + "a.tar");
            return Task.CompletedTask;
        });

        var error = await Assert.ThrowsAsync<InvalidRequestException>(() => cluster.Grains.GetGrain<IDatasetGrain>("inner").Register(
            new DatasetRequest { Location = $"{server.Address}listed/a.tar" }));

        Assert.Contains("which this silo asks nothing for clients", error.Message);
        Assert.Empty(inner.Requests);
        Assert.Single(server.Requests);
    }

    private static StatisticsRequest Request => new() { Dataset = "shoes", ImageSize = 28 };

    private IStatisticsJobGrain Statistics(string id) => _cluster.Statistics(id);

    private string Write(string name)
    {
        var path = Path.Combine(_root, name);
        File.WriteAllBytes(path, [1]);
        return path;
    }

    private string WriteDataset(string name)
    {
        var directory = Directory.CreateDirectory(Path.Combine(_root, name, "boot")).FullName;
        var picture = new RgbImage(2, 2, new byte[12]);
        for (var i = 0; i < 3; i++)
        {
            picture.Pixels[0] = (byte)i;
            File.WriteAllBytes(Path.Combine(directory, $"{i}.png"), PngWriter.Encode(picture));
        }
        return Path.GetDirectoryName(directory)!;
    }
}
