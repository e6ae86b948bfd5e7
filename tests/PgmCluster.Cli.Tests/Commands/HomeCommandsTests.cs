using PgmCluster.Cli.Tests.Fakes;

namespace PgmCluster.Cli.Tests.Commands;

/// <summary>What <c>pgm home</c> refuses before it touches anything; the rest runs on real databases (<c>HomeTests</c>).</summary>
public sealed class HomeCommandsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeCluster _cluster = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("backup DIR --gateway host:1", "asks no silo")]
    [InlineData("backup DIR", "there is no state in")]
    [InlineData("restore DIR", "is none, backup.json is missing")]
    [InlineData("move", "one of the two")]
    [InlineData("move --to-database-file a --from-database-file b", "one of the two")]
    [InlineData("move --to-database-file a", "cannot be read")]
    public async Task Refused_InOneLine_AndTheHomeIsAsItWas(string command, string said)
    {
        var run = await CliRun.Of(
            _cluster, ["home", .. command.Replace("DIR", _directory["backup"]).Split(' '), "--home", _directory["home"]]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(said, run.Error);
        Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.False(Directory.Exists(_directory["home"]));
        Assert.Equal(0, _cluster.Embedded);
    }
}
