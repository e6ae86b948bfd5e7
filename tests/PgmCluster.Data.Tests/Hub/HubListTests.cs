using PgmCluster.Data.Downloads;
using PgmCluster.Data.Hub;
using PgmCluster.TestSupport.Hub;

namespace PgmCluster.Data.Tests.Hub;

public sealed class HubListTests : HubTarget
{
    [Fact]
    public async Task ListAsync_SeveralPages_GivesEveryFileWithItsHash()
    {
        await using var server = await HubServer.StartAsync(
            ("README.md", [1, 2]), ("b.tar", Shard), ("a/1.tar", [3]), ("c.tar", [4]), ("d.txt", []));

        var snapshot = await Client(server).ListAsync(Repository);

        Assert.Equal(HubServer.Commit, snapshot.Commit);
        Assert.Equal(["README.md", "a/1.tar", "b.tar", "c.tar", "d.txt"], snapshot.Files.Select(f => f.Path));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Shard)), snapshot.Files[2].Sha256);
        Assert.All(server.Requests, r => Assert.True(r.HasToken));
    }

    [Theory]
    [InlineData(401, null, true, "the token is not valid")]
    [InlineData(401, null, false, "there is no such repository, or it needs a token")]
    [InlineData(401, "GatedRepo", true, "its owner asks for consent")]
    [InlineData(403, "GatedRepo", true, "its owner asks for consent")]
    [InlineData(403, null, true, "this account may not read it")]
    [InlineData(404, "RevisionNotFound", true, "there is no such revision")]
    [InlineData(404, "RepoNotFound", true, "it is not there")]
    public async Task ListAsync_Refused_SaysWhichPageToVisitAndNeverTheToken(int status, string? code, bool hasToken, string found)
    {
        await using var server = await HubServer.StartAsync();
        server.Answers.Enqueue(response =>
        {
            response.StatusCode = status;
            if (code is not null) response.Headers["X-Error-Code"] = code;
        });

        var error = await Assert.ThrowsAsync<BadInputException>(() => Client(server, hasToken).ListAsync(Repository));

        Assert.StartsWith($"Listing o/d at main: {found}", error.Message, StringComparison.Ordinal);
        Assert.Contains(server.Address.ToString(), error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(HubServer.Token, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ListAsync_NobodyAnswersOrSomebodyElseDoes_IsOneLine()
    {
        var server = await HubServer.StartAsync();
        server.Answers.Enqueue(response => response.ContentType = "text/html");
        Assert.Contains(
            "the answer is no JSON", (await Assert.ThrowsAsync<DownloadException>(() => Client(server).ListAsync(Repository))).Message,
            StringComparison.Ordinal);
        var client = Client(server);
        await server.DisposeAsync();

        var error = await Assert.ThrowsAsync<DownloadException>(() => client.ListAsync(Repository));

        Assert.StartsWith("Listing o/d at main: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public async Task RequireReadableAsync_ListedByEverybodyAndReadByFew_IsRefusedBeforeAByteComes()
    {
        await using var server = await HubServer.StartAsync(("b.tar", Shard));
        server.IsGated = true;
        var snapshot = await Client(server, hasToken: false).ListAsync(Repository);

        await Client(server).RequireReadableAsync(snapshot, snapshot.Files[0]);
        var error = await Assert.ThrowsAsync<BadInputException>(
            () => Client(server, hasToken: false).RequireReadableAsync(snapshot, snapshot.Files[0]));

        Assert.StartsWith("Fetching b.tar of o/d: its owner asks for consent", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Requests, r => r.Host == "cdn");
    }
}
