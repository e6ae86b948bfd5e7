using System.Net;
using System.Net.Sockets;
using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Cli.Tests.Processes;

/// <summary><c>pgm doctor</c>: what is wrong is said in its own line, with what to do, and the others still come.</summary>
[Trait("Category", "Process")]
public sealed class DoctorProcessTests : IDisposable
{
    private static readonly string[] Lines =
        ["cores", "memory", "open files", "home", "database", "clock", "artifact store", "weights", "ports", "libtorch", "CUDA"];

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Doctor_NewHomeOnTheCpu_NothingFails_NothingIsMade()
    {
        using var run = PgmProcess.Start("doctor", "--device", "cpu:0", "--home", _directory["home"]);
        await run.WaitForExitAsync(DoctorRun.Limit);

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal("", run.Error);
        var lines = run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines[..^1], line => Assert.Matches("^(ok      |warning ) [^:]+.*: .+", line));
        Assert.All([.. Lines, "cpu:0 product", "recorded numbers"], subject =>
            Assert.Contains(lines, line => line[9..].StartsWith($"{subject}: ", StringComparison.Ordinal)));
        Assert.EndsWith(", 0 failed", lines[^1], StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Root));
    }

    [Fact]
    public void Page_ExplainsEveryLine()
    {
        var page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "deploy", "docs", "doctor.md"));
        Assert.All(Lines, line => Assert.Contains($"`{line}`", page, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--device", "cuda:999")]
    [InlineData("--device", "gpu")]
    public async Task Doctor_DeviceThatIsNotThere_IsRefusedInOneLine_NothingIsLookedAt(params string[] args)
    {
        using var run = await PgmProcess.RunAsync(["doctor", "--home", _directory["home"], .. args]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(args[1], Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.Equal("", run.Out);
    }

    [Fact]
    public async Task Doctor_RecordedNumbersThatWereAltered_AreNamed_TheOthersCome()
    {
        var program = $"{AppContext.BaseDirectory.TrimEnd('/')}-altered-{Guid.NewGuid():N}";
        try
        {
            using var copy = await PgmProcess.RunProgramAsync("cp", "-al", AppContext.BaseDirectory, program);
            Assert.True(copy.ExitCode == 0, copy.ToString());
            var weights = Path.Combine(program, "recorded", "pgm.safetensors");
            var bytes = File.ReadAllBytes(weights);
            bytes[^1] ^= 1;
            File.Delete(weights);
            File.WriteAllBytes(weights, bytes);

            using var process = PgmProcess.StartProgram(
                Dotnet.Program,
                ["exec", Path.Combine(program, "pgm.dll"), "doctor", "--json", "--device", "cpu:0", "--home", _directory["home"]]);
            await process.WaitForExitAsync(DoctorRun.Limit);

            var run = DoctorRun.Of(process.ExitCode, process.Out, process.ToString());
            Assert.Equal(1, run.ExitCode);
            Assert.Equal(["recorded numbers"], run.Failed);
            Assert.Contains(weights, run["recorded numbers"].Found, StringComparison.Ordinal);
            AssertAll(run);
        }
        finally
        {
            Directory.Delete(program, recursive: true);
        }
    }

    [Fact]
    public async Task Doctor_Full_LeavesOneFileWithEveryLine()
    {
        var path = _directory["report.json"];
        using var process = await PgmProcess.RunAsync("doctor", "--device", "none", "--home", _directory["home"], "--full", "--out", path);

        Assert.True(process.ExitCode == 0, process.ToString());
        Assert.Contains(path, process.Out, StringComparison.Ordinal);
        AssertAll(DoctorRun.Of(0, File.ReadAllText(path), process.ToString()));
    }

    [Theory]
    [InlineData("--out", "nowhere/report.json", "--full")]
    [InlineData("--out", "report.json")]
    [InlineData("--gateway", "127.0.0.1:1")]
    public async Task Doctor_WhatCannotBeMeant_IsRefusedInOneLine(params string[] args)
    {
        using var process = await PgmProcess.RunAsync(["doctor", "--home", _directory["home"], .. args]);

        Assert.Equal(2, process.ExitCode);
        Assert.Single(process.ErrorLines);
        Assert.Equal("", process.Out);
    }

    [Fact]
    public async Task Doctor_FullDisk_HomeAndArtifactStoreFail_TheOthersCome()
    {
        using var process = await PgmProcess.RunOnDiskAsync(
            _directory["disk"], "2m",
            disk => $"{PgmProcess.ShellCommand} doctor --json --device none --home '{disk}/home'; code=$?; ls -A '{disk}' >&2; exit $code");

        var run = DoctorRun.Of(process.ExitCode, process.Out, process.ToString());
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(["home", "artifact store"], run.Failed);
        Assert.Contains("the disk is full", run["artifact store"].Found, StringComparison.Ordinal);
        Assert.StartsWith("Make room there", run["artifact store"].Advice, StringComparison.Ordinal);
        AssertAll(run);
        // The list of what is on the disk follows the doctor's lines.
        Assert.EndsWith("failed", run.Text.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_HomeOfSomebodyElse_Fails_OfASiloWithoutTheMark_DoesNot()
    {
        Directory.CreateDirectory(_directory["home"]);
        File.WriteAllText(_directory["home/thesis.txt"], "");
        var foreign = await DoctorRun.OfAsync(_directory["home"], null, "--device", "none");
        Assert.Equal(1, foreign.ExitCode);
        Assert.Contains("holds files that PgmCluster did not make", foreign.Lines.Single(l => l.State == "failed").Found,
            StringComparison.Ordinal);

        Directory.CreateDirectory(_directory["home/run"]);
        var silos = await DoctorRun.OfAsync(_directory["home"], null, "--device", "none");
        Assert.True(silos.ExitCode == 0, silos.Text);
    }

    [Fact]
    public async Task Doctor_TakenPort_NamesTheProcess_TheOthersCome()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var run = await DoctorRun.OfAsync(
            _directory["home"], new Dictionary<string, string?> { ["PGM_GATEWAYPORT"] = $"{port}", ["PGM_DEVICES"] = "none" });

        Assert.Equal(1, run.ExitCode);
        Assert.Equal([$"port {port}"], run.Failed);
        Assert.Contains($"process {Environment.ProcessId} (", run[$"port {port}"].Found, StringComparison.Ordinal);
        Assert.Contains("PGM_GATEWAYPORT", run[$"port {port}"].Advice, StringComparison.Ordinal);
        AssertAll(run, except: "ports");
    }

    [Fact]
    public async Task Doctor_DatabaseAway_ThatLineFails_TheOthersCome()
    {
        // Nobody listens on port 1.
        const string Nobodys = "Host=127.0.0.1;Port=1;Database=d;Username=u;Password=secret";
        var run = await DoctorRun.OfAsync(
            _directory["home"], new Dictionary<string, string?> { ["PGM_DATABASE"] = Nobodys }, "--device", "none");

        Assert.Equal(1, run.ExitCode);
        Assert.Equal(["database"], run.Failed);
        Assert.Contains("the server does not answer", run["database"].Found, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", run.Text, StringComparison.Ordinal);
        AssertAll(run);
    }

    private static void AssertAll(DoctorRun run, string? except = null) =>
        Assert.All(Lines.Where(l => l != except), subject => Assert.Contains(run.Lines, line => line.Subject == subject));
}
