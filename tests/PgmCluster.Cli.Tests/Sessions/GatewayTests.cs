using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Homes;
using PgmCluster.Cli.Sessions;
using PgmCluster.Cli.Tests.Fakes;

namespace PgmCluster.Cli.Tests.Sessions;

public sealed class GatewayTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Gateway_OptionOrVariable_IsUsedInsteadOfASiloOfTheHome()
    {
        var cluster = new FakeCluster { IsUp = true };
        cluster.Variables["PGM_GATEWAY"] = "from-variable:30000";

        Assert.Equal(0, (await CliRun.Of(cluster, "runs", "list")).ExitCode);
        Assert.Equal(0, (await CliRun.Of(cluster, "runs", "list", "--gateway", "10.1.2.3:30001")).ExitCode);

        Assert.Equal(["connect from-variable:30000", "close", "connect 10.1.2.3:30001", "close"], cluster.Log);
        Assert.Equal(0, cluster.Embedded);
    }

    [Fact]
    public async Task Gateway_Detach_IsAllowed()
    {
        var cluster = new FakeCluster();

        var run = await CliRun.Of(cluster, "tokenize", "tokens", "--dataset", "d", "--tokenizer", "t", "--detach", "--gateway", "elsewhere:1");

        Assert.Equal(0, run.ExitCode);
    }

    [Theory]
    [InlineData("quickstart")]
    [InlineData("up")]
    public async Task Gateway_CommandThatStartsASilo_IsRefused(string command)
    {
        var run = await CliRun.Of(new FakeCluster(), command, "--gateway", "elsewhere:1");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("Leave out --gateway", run.Error);
    }

    [Theory]
    [InlineData("pgm-gateway:30000", "pgm-gateway", 30000)]
    [InlineData("10.1.2.3:1", "10.1.2.3", 1)]
    [InlineData("[fd00::1]:30000", "fd00::1", 30000)]
    public void Locate_HostAndPort_AreRead(string given, string host, int port)
    {
        var gateway = GatewayAddress.Locate(given, name => name == "PGM_CLUSTERID" ? "blue" : null);

        Assert.Equal(new GatewayAddress(host, port, "blue", "pgm"), gateway);
        Assert.Equal(given, gateway!.ToString());
    }

    [Theory]
    [InlineData("pgm-gateway")]
    [InlineData(":30000")]
    [InlineData("pgm-gateway:0")]
    [InlineData("pgm-gateway:many")]
    [InlineData("fd00::1:30000")]
    [InlineData("tcp://10.0.0.1:30000")]
    public void Locate_AnythingElse_IsRefusedWithAnExample(string given)
    {
        var e = Assert.Throws<UsageException>(() => GatewayAddress.Locate(given, _ => null));

        Assert.Contains(given, e.Message);
        Assert.Contains("pgm-gateway:30000", e.Message);
    }

    [Fact]
    public async Task Connect_NobodyThere_IsOneLineThatNamesTheGateway()
    {
        var gateway = GatewayAddress.Locate("localhost:1", _ => null)!;

        var e = await Assert.ThrowsAsync<NoGatewayException>(() => new SiloSessions().ConnectAsync(new PgmHome(_directory.Root), gateway, CancellationToken.None));

        Assert.Contains("localhost:1", e.Message);
        Assert.DoesNotContain('\n', e.Message);
        Assert.Equal(1, ErrorReport.Of(e).ExitCode);
    }
}
