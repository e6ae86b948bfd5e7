using System.Globalization;
using System.Net;
using System.Net.Sockets;
using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.Silo.Hosting;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Cli.Tests.Processes;

[Trait("Category", "Process")]
public sealed class SignalProcessTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Home => _directory["home"];

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("HUP")]
    public async Task Quickstart_SignalAsSoonAsItIsHeard_EndsWith130AndLeavesNoRunFiles(string signal)
    {
        using var process = PgmProcess.Start("quickstart", "--preset", "smoke", "--out", Home);
        await process.WaitForAsync("the signals are heard", HearsHangUp);

        process.Signal(signal);
        await process.WaitForExitAsync();

        Assert.True(process.ExitCode == 130, process.ToString());
        Assert.StartsWith("pgm: interrupted", process.ErrorLines[^1]);
        Assert.DoesNotContain("canceled", process.Error);
        AssertNoRunFiles();
    }

    [Fact]
    public async Task Train_HangUp_FinishesTheStepAndSavesAsAtSigterm()
    {
        using (var add = await PgmProcess.RunAsync(
            "dataset", "add", "d", Path.Combine(RepositoryRoot.Path, "deploy", "sample-data", "fashion-mnist"), "--validation", "1000",
            "--home", Home))
            Assert.True(add.ExitCode == 0, add.ToString());
        using var train = PgmProcess.Start(
            "train", "r1", "--preset", "classifier-smoke", "--dataset", "d", "--set", "training.steps=1000000", "--home", Home);
        await train.WaitForAsync("a step", p => p.Out.Contains("r1: step", StringComparison.Ordinal));

        train.Signal("HUP");
        await train.WaitForExitAsync();

        Assert.True(train.ExitCode == 130, train.ToString());
        Assert.Contains("the same command goes on from there", train.ErrorLines[^1]);
        Assert.NotEmpty(
            Directory.GetFiles(Path.Combine(Home, "artifacts", "runs", "r1", "checkpoints"), "manifest.json", SearchOption.AllDirectories));
        AssertNoRunFiles();
    }

    /// <summary>The server takes the connection and never answers.</summary>
    [Fact]
    public async Task DatasetAdd_InterruptedWhileItReads_LeavesWithoutWaitingForIt()
    {
        using var patience = new CancellationTokenSource(Until.Limit);
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        using var add = PgmProcess.Start("dataset", "add", "d", $"http://{server.LocalEndpoint}/a.tar", "--home", Home);
        using var connection = await server.AcceptTcpClientAsync(patience.Token);

        add.Signal("INT");
        await add.WaitForExitAsync();

        Assert.True(add.ExitCode == 130, add.ToString());
        Assert.StartsWith("pgm: interrupted", add.ErrorLines[^1]);
        AssertNoRunFiles();
    }

    [Fact]
    public async Task Up_TerminalCloses_StopsCleanly()
    {
        // The terminal is script's; when script is gone, the kernel hangs it up and every write to it fails.
        using var terminal = PgmProcess.StartProgram(
            "script", ["-qec", $"{PgmProcess.ShellCommand} up --devices none --home '{Home}'", "/dev/null"]);
        await terminal.WaitForAsync("the silo", _ => SiloEndpoint.Find(Home) is not null);
        var silo = SiloEndpoint.Find(Home)!.Pid;

        terminal.Kill();
        await Until.Holds("the silo's process has ended", () => !Directory.Exists($"/proc/{silo}"));

        AssertNoRunFiles();
        Assert.DoesNotContain("Unhandled", string.Concat(Directory.GetFiles(Path.Combine(Home, "logs")).Select(File.ReadAllText)));
    }

    [Fact]
    public async Task Up_WithNohup_GoesOnWhenTheTerminalCloses()
    {
        using var up = PgmProcess.StartProgram(
            "nohup", [Dotnet.Program, "exec", PgmProcess.ProgramPath, "up", "--devices", "none", "--home", Home]);
        await up.WaitForAsync("the silo", p => p.Out.Contains("Stop with Ctrl-C", StringComparison.Ordinal));
        Assert.False(HearsHangUp(up));

        up.Signal("HUP");
        using var list = await PgmProcess.RunAsync("runs", "list", "--no-embed", "--home", Home);
        Assert.True(list.ExitCode == 0, list.ToString());

        up.Signal("TERM");
        await up.WaitForExitAsync();
        Assert.Equal(0, up.ExitCode);
    }

    /// <summary>The kernel's own word: bit 1 of what the process catches is SIGHUP, the last that the program asks for.</summary>
    private static bool HearsHangUp(PgmProcess process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process.Id}/status").First(l => l.StartsWith("SigCgt:", StringComparison.Ordinal));
            return (ulong.Parse(line.AsSpan("SigCgt:".Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & 1) != 0;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private void AssertNoRunFiles()
    {
        var run = Path.Combine(Home, "run");
        if (Directory.Exists(run)) Assert.Equal(["home.lock"], Directory.GetFiles(run).Select(f => Path.GetFileName(f)));
    }
}
