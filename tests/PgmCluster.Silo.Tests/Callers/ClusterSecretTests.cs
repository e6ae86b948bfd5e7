using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Sqlite;
using PgmCluster.Silo.TestHost;

namespace PgmCluster.Silo.Tests.Callers;

public sealed class ClusterSecretTests : IDisposable
{
    private readonly TemporaryHome _home = new();

    private string SecretFile => Path.Combine(_home.Path, "secret");

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Secret_OfTheDatabase_StaysOverRestarts_AndIsInNoLogAndNoState()
    {
        await StartAndWrite();
        var secret = ReadSecret();
        Assert.Matches("^[0-9a-f]{64}$", secret);

        await StartAndWrite();

        Assert.Equal(secret, ReadSecret());
        Assert.DoesNotContain(secret, new LogReader(_home.Path).ReadAll(), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(secret, ReadStates(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Secret_OfAFile_IsNotInTheDatabase()
    {
        File.WriteAllText(SecretFile, new string('s', 32) + "\n");
        await StartAndWrite(SecretFile);

        using var connection = StateDatabase.Existing(_home.DatabasePath).Connect();
        using var command = connection.Command("SELECT count(*) FROM PgmClusterSecret");
        Assert.Equal(0L, command.ExecuteScalar());
    }

    [Theory]
    [InlineData("too short", "has 9 characters: put at least 32")]
    [InlineData(null, "cannot be read")]
    public async Task Secret_OfAFileThatCannotBeUsed_IsRefusedAtTheStart(string? content, string expected)
    {
        if (content is not null) File.WriteAllText(SecretFile, content);

        var refused = await Assert.ThrowsAsync<SiloOptionsException>(() => StartAndWrite(SecretFile));

        Assert.Contains($"Pgm:SecretFile {SecretFile} {expected}", refused.Message);
        if (content is not null) Assert.DoesNotContain(content, refused.Message, StringComparison.Ordinal);
    }

    private async Task StartAndWrite(string secretFile = "")
    {
        var options = SiloFixture.Options(_home.Path);
        options.SecretFile = secretFile;
        await using var silo = await PgmSiloHost.StartAsync(options, builder => builder.AddPgmParts(options));
        await silo.Grains.GetGrain<IProbeGrain>("probe").Write("something");
    }

    private string ReadSecret() => Read("SELECT Secret FROM PgmClusterSecret");

    private string ReadStates() => Read("SELECT group_concat(State) FROM PgmGrainStateText");

    private string Read(string sql)
    {
        using var connection = StateDatabase.Existing(_home.DatabasePath).Connect();
        using var command = connection.Command(sql);
        return (string)command.ExecuteScalar()!;
    }
}
