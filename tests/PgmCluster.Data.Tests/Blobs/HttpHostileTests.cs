using Microsoft.AspNetCore.Http;
using PgmCluster.Data.Blobs;
using PgmCluster.Data.Blobs.Http;
using PgmCluster.Data.Downloads;
using PgmCluster.TestSupport.Web;

namespace PgmCluster.Data.Tests.Blobs;

/// <summary>Addresses, lists and pages that are made to take all memory, all time or the stack.</summary>
public sealed class HttpHostileTests : IDisposable
{
    private readonly HttpClient _http = DownloadHttp.Create(TimeSpan.FromMilliseconds(1), followsRedirects: true);

    public void Dispose() => _http.Dispose();

    [Theory]
    [InlineData("{1..1}", 300, "has 1800 characters")]
    [InlineData("{1..1}", 100_000, "has 600000 characters")]
    [InlineData("{1..2}", 40, "it has 40 groups of braces")]
    [InlineData("{0..999}", 8, "over 1000000 names")]
    public void Open_AddressOfManyBraces_IsRefusedInOneShortLine(string group, int times, string found)
    {
        var location = "http://127.0.0.1/" + string.Concat(Enumerable.Repeat(group, times));

        var error = Assert.Throws<BadInputException>(() => new HttpBlobs(location));

        Assert.Contains(found, error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Message.Length, 1, 1000);
    }

    [Fact]
    public async Task List_TextWithManyBracesInALine_IsRefusedInOneShortLine()
    {
        await using var server = await FileServer.StartAsync(
            ("d/list.txt", System.Text.Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("{1..1}", 100_000)))));

        var error = await Assert.ThrowsAsync<BadInputException>(() => ListAsync(server.Address + "d/list.txt"));

        Assert.Contains("has 600000 characters", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a-{0..999999}\nb-{0..999999}\n", "over 1000000 names")]
    [InlineData("a-{0..999999}\na-{0..999999}\n", "over 1000000 names")]
    [InlineData("", "names of over 268435456 characters in all")]
    public async Task List_TextOfTooMuchInAll_IsRefused(string text, string found)
    {
        if (text.Length == 0) text = $"{new string('a', 500)}-{{0..999999}}\n";
        await using var server = await FileServer.StartAsync(("d/list.txt", System.Text.Encoding.ASCII.GetBytes(text)));

        var error = await Assert.ThrowsAsync<BadInputException>(() => ListAsync(server.Address + "d/list.txt"));

        Assert.Contains(found, error.Message, StringComparison.Ordinal);
        Assert.StartsWith($"Listing {server.Address}d/list.txt: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_PagesOfOverAMillionLinks_IsRefused()
    {
        await using var server = await FileServer.StartAsync();
        server.Mishaps.Enqueue((context, _) => PageAsync(
            context, string.Concat(Enumerable.Repeat("<a href=\"a\">", 500_000)) + "<a href=\"sub/\">"));
        server.Mishaps.Enqueue((context, _) => PageAsync(context, string.Concat(Enumerable.Repeat("<a href=\"a\">", 500_000))));

        var error = await Assert.ThrowsAsync<BadInputException>(() => ListAsync(server.Address + "d/"));

        Assert.Contains("over 1000000 names", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_PageOfTagsWithoutEnd_IsSaidToLinkToNothing()
    {
        await using var server = await FileServer.StartAsync();
        server.Mishaps.Enqueue((context, _) => PageAsync(context, string.Concat(Enumerable.Repeat("<a ", 500_000))));

        var error = await Assert.ThrowsAsync<BadInputException>(() => ListAsync(server.Address + "d/"));

        Assert.Contains("its page links to no file below it", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://host.example/d/a.tar?X-Signature=s3cr3t", "https://host.example/d/a.tar")]
    [InlineData("https://host.example/d/a.tar?X-Signature=me@s3cr3t", "https://host.example/d/a.tar")]
    [InlineData("https://host.example/d/{a,b}.tar#s3cr3t", "https://host.example/d/{a,b}.tar")]
    [InlineData("https://host.example?s3cr3t", "https://host.example")]
    [InlineData("https://me:s3cr3t@host.example", "https://host.example")]
    [InlineData("https://me:s3cr3t@host.example/a.tar", "https://host.example/a.tar")]
    [InlineData("https://me:s3{cr3t@host.example/a.tar", "https://")]
    [InlineData("https://me:s3{cr3t}@host.example", "https://")]
    [InlineData("https://me:s3/cr3t@host.example/a.tar", "https://")]
    [InlineData("https://me:s3?cr3t@host.example/a.tar", "https://")]
    [InlineData("https://me:s3#cr3t@host.example/a.tar", "https://")]
    [InlineData("https://me:s3 cr3t@host.example/a.tar", "https://")]
    public void Open_AddressWithASecret_IsRefusedShowingSchemeHostAndPathOnly(string location, string shown)
    {
        var error = Assert.Throws<BadInputException>(() => new HttpBlobs(location));

        Assert.StartsWith($"Opening the data at {shown}", error.Message, StringComparison.Ordinal);
        foreach (var secret in new[] { "s3", "cr3t", "me:" })
            Assert.DoesNotContain(secret, error.ToString(), StringComparison.Ordinal);
    }

    private async Task<List<Blob>> ListAsync(string location)
    {
        var listed = new List<Blob>();
        await foreach (var blob in new HttpBlobs(location, _http, TimeSpan.FromMilliseconds(1)).ListAsync()) listed.Add(blob);
        return listed;
    }

    private static async Task PageAsync(HttpContext context, string page)
    {
        context.Response.ContentType = "text/html";
        await context.Response.WriteAsync(page);
    }
}
