using System.Net;
using Microsoft.AspNetCore.Http;
using PgmCluster.Data.Blobs;
using PgmCluster.Data.Downloads;
using PgmCluster.Data.Manifests;
using PgmCluster.TestSupport.Web;

namespace PgmCluster.Data.Tests.Blobs;

/// <summary>What a client has named is read by a silo: links and redirects must not lead it elsewhere.</summary>
public sealed class ImportRootsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Root => _directory.File("root");

    private ImportRoots Roots => new([Root], [], []);

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("a.jpg", "secret.jpg")]
    [InlineData("sub", "elsewhere")]
    [InlineData("chain.jpg", "chained.jpg")]
    public async Task Directory_LinkThatLeadsOutOfTheRoots_IsRefusedWhenListedAndWhenRead(string link, string target)
    {
        _directory.Write("secret.jpg", [1, 2, 3]);
        _directory.Write("elsewhere/a.jpg", [1, 2, 3]);
        _directory.Write("root/x/ok.jpg", [4]);
        File.CreateSymbolicLink(_directory.File("chained.jpg"), _directory.File("secret.jpg"));
        File.CreateSymbolicLink(_directory.File($"root/x/{link}"), _directory.File(target));
        var blobs = DatasetIndexing.Open(_directory.File("root/x"), Roots);

        var listed = await Assert.ThrowsAsync<BadInputException>(() => NamesAsync(blobs));
        var name = link == "sub" ? "sub/a.jpg" : link;
        var read = await Assert.ThrowsAsync<BadInputException>(async () => await blobs.OpenAsync(name, 0));

        Assert.StartsWith(
            $"Listing {Root}/x/{link}: this silo reads no files outside of Pgm:ImportRoots, which is {Root}.", listed.Message,
            StringComparison.Ordinal);
        Assert.StartsWith($"Reading {Root}/x/{name}: this silo reads no files", read.Message, StringComparison.Ordinal);
        // Where anything may be named links lead anywhere.
        var anywhere = await NamesAsync(DatasetIndexing.Open(_directory.File("root/x")));
        Assert.Equal(new HashSet<string> { "ok.jpg", name }, [.. anywhere]);
    }

    [Fact]
    public async Task Directory_LinkWithinTheRootsOrToTheSilosOwnFiles_IsFollowed()
    {
        _directory.Write("root/y/b.jpg", [1, 2, 3]);
        _directory.Write("root/x/ok.jpg", [4]);
        _directory.Write("pulled/c.jpg", [5, 6]);
        File.CreateSymbolicLink(_directory.File("root/x/b.jpg"), _directory.File("root/y/b.jpg"));
        File.CreateSymbolicLink(_directory.File("root/x/c.jpg"), _directory.File("pulled/c.jpg"));
        var blobs = DatasetIndexing.Open(_directory.File("root/x"), new ImportRoots([Root], [], [_directory.File("pulled")]));

        Assert.Equal(["b.jpg", "c.jpg", "ok.jpg"], await NamesAsync(blobs));
        await using var stream = await blobs.OpenAsync("c.jpg", 1);
        Assert.Equal(6, stream.ReadByte());
    }

    [Theory]
    [InlineData("http://127.0.0.1:{0}/d/")]
    [InlineData("http://localhost:{0}/d/list.txt")]
    [InlineData("http://[::ffff:127.0.0.1]:{0}/d/a.tar")]
    [InlineData("http://2130706433:{0}/d/a.tar")]
    [InlineData("http://0.0.0.0:{0}/d/a.tar")]
    public async Task Server_OfThisMachine_IsAskedNothingUnlessItIsListed(string address)
    {
        await using var server = await ServerAsync();
        var location = address.Replace("{0}", $"{new Uri(server.Address).Port}", StringComparison.Ordinal);

        var refused = await Assert.ThrowsAsync<BadInputException>(() => NamesAsync(DatasetIndexing.Open(location, Roots)));

        Assert.StartsWith("Asking ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("which this silo asks nothing for clients", refused.Message, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
        var listed = new ImportRoots([], [new Uri(location).GetLeftPart(UriPartial.Authority) + "/"], []);
        Assert.NotEmpty(await NamesAsync(DatasetIndexing.Open(location, listed)));
    }

    [Theory]
    [InlineData("d/")]
    [InlineData("d/list.txt")]
    [InlineData("d/a.tar")]
    public async Task Server_ListedOneThatRedirectsElsewhere_IsNotFollowed(string asked)
    {
        await using var server = await ServerAsync();
        await using var inner = await ServerAsync();
        var roots = new ImportRoots([], [server.Address + "d/"], []);
        foreach (var to in new[] { inner.Address + "d/a.tar", server.Address + "other/b.tar", server.Address + "d/..%2fother/b.tar" })
        {
            server.Mishaps.Enqueue((context, _) =>
            {
                context.Response.Redirect(to);
                return Task.CompletedTask;
            });
            var refused = await Assert.ThrowsAsync<BadInputException>(
                () => NamesAsync(DatasetIndexing.Open(server.Address + asked, roots)));
            Assert.Contains("which this silo asks nothing for clients", refused.Message, StringComparison.Ordinal);
        }
        Assert.Empty(inner.Requests);
        Assert.DoesNotContain(server.Requests, r => r.Path.EndsWith("b.tar", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Server_ListedOneThatRedirectsWithinItsRoot_IsFollowedWithTheRange()
    {
        await using var server = await ServerAsync();
        server.Mishaps.Enqueue((context, _) =>
        {
            context.Response.Redirect("/d/a.tar");
            return Task.CompletedTask;
        });
        await using var stream = await DatasetIndexing
            .Open(server.Address + "d/moved.tar", new ImportRoots([], [server.Address + "d/"], []))
            .OpenAsync("moved.tar", 2);

        Assert.Equal(3, stream.ReadByte());
        Assert.Equal(["d/moved.tar", "d/a.tar"], server.Requests.Select(r => r.Path));
        Assert.Single(server.Requests.Select(r => r.Range).Distinct());
    }

    [Theory]
    [InlineData("93.184.215.14", true)]
    [InlineData("2606:2800:21f:cb07:6820:80da:af6b:8b2c", true)]
    [InlineData("64:ff9b::5db8:d70e", true)]
    [InlineData("172.32.0.1", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.9.9.9", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("100.100.100.200", false)]
    [InlineData("168.63.129.16", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("192.168.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::1", false)]
    [InlineData("::", false)]
    [InlineData("::ffff:169.254.169.254", false)]
    [InlineData("64:ff9b::a9fe:a9fe", false)]
    [InlineData("2002:a9fe:a9fe::", false)]
    [InlineData("fd00:ec2::254", false)]
    [InlineData("fe80::1%1", false)]
    public void IsOuter_Address_TellsTheInternetFromTheRest(string address, bool isOuter) =>
        Assert.Equal(isOuter, OuterHosts.IsOuter(IPAddress.Parse(address)));

    private static Task<FileServer> ServerAsync() => FileServer.StartAsync(
        ("d/a.tar", [1, 2, 3]), ("d/list.txt", "a.tar\n"u8.ToArray()), ("other/b.tar", [4]));

    private static async Task<List<string>> NamesAsync(IBlobs blobs)
    {
        var names = new List<string>();
        await foreach (var blob in blobs.ListAsync()) names.Add(blob.Name);
        return names;
    }
}
