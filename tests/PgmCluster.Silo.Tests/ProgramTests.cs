using System.Diagnostics;
using PgmCluster.Silo.Hosting;

namespace PgmCluster.Silo.Tests;

/// <summary>The program pgm-silo, as it is deployed.</summary>
public sealed class ProgramTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);
    private readonly TemporaryHome _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("HUP")]
    public async Task Main_Signal_StopsCleanly(string signal)
    {
        using var process = Start(
            environment: new() { ["PGM_HOME"] = _home.Path, ["PGM_SILONAME"] = "from-environment" }, "--devices", "none");
        var line = await process.StandardOutput.ReadLineAsync().WaitAsync(s_limit);

        Assert.Contains("Silo 'from-environment' is ready", line);
        Assert.Equal(process.Id, SiloEndpoint.Find(_home.Path)?.Pid);
        using (var kill = Process.Start("kill", ["-s", signal, $"{process.Id}"])) await kill.WaitForExitAsync();
        await process.WaitForExitAsync().WaitAsync(s_limit);
        Assert.Equal(0, process.ExitCode);
        Assert.Empty(Directory.GetFiles(Path.Combine(_home.Path, "run"), "silo-*.json"));
    }

    [Fact]
    public async Task Main_SignalWhileItStarts_IsOneLineAnd130()
    {
        // Nobody listens on port 1: the start waits for its database until the signal.
        using var process = Start(
            environment: new() { ["PGM_HOME"] = _home.Path }, "--devices", "none", "--database",
            "Host=127.0.0.1;Port=1;Database=d;Username=u");
        Assert.StartsWith("Waiting up to ", await process.StandardError.ReadLineAsync().WaitAsync(s_limit));

        using (var kill = Process.Start("kill", ["-s", "TERM", $"{process.Id}"])) await kill.WaitForExitAsync();

        Assert.Equal("pgm-silo: interrupted.", (await process.StandardError.ReadToEndAsync().WaitAsync(s_limit)).Trim());
        await process.WaitForExitAsync().WaitAsync(s_limit);
        Assert.Equal(130, process.ExitCode);
    }

    [Fact]
    public async Task Main_HealthPort_AnswersAnOrchestratorsProbes()
    {
        using var process = Start(
            environment: new() { ["PGM_HOME"] = _home.Path, ["PGM_HEALTHPORT"] = "18080", ["PGM_HEALTHADDRESS"] = "127.0.0.3" },
            "--devices", "none");
        await process.StandardOutput.ReadLineAsync().WaitAsync(s_limit);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = s_limit };

        foreach (var probe in new[] { "live", "startup", "ready" })
        {
            using var response = await http.GetAsync($"http://127.0.0.3:18080/healthz/{probe}");
            Assert.True(response.IsSuccessStatusCode, $"{probe}: {response.StatusCode}");
        }

        process.Kill();
        await process.WaitForExitAsync().WaitAsync(s_limit);
    }

    [Fact]
    public async Task Main_ConfigurationFile_YieldsToTheCommandLine_AndMistakesAreOneLine()
    {
        var file = Path.Combine(_home.Path, "silo.json");
        await File.WriteAllTextAsync(file, """{ "Pgm": { "SiloPort": 70000, "GatewayPort": -1 } }""");
        using var process = Start([], "--config", file, "--home", _home.Path, "--gatewayPort", "0");

        var error = await process.StandardError.ReadToEndAsync().WaitAsync(s_limit);
        await process.WaitForExitAsync().WaitAsync(s_limit);

        Assert.Equal(2, process.ExitCode);
        Assert.Equal("Trying to start a silo: Pgm:SiloPort is 70000: use 0 to 65535.", error.Trim());
    }

    [Theory]
    [InlineData("--siloPort", "many")]
    [InlineData("--config", "/nowhere/silo.json")]
    public async Task Main_UnusableValue_IsOneLine(string key, string value)
    {
        using var process = Start([], "--home", _home.Path, key, value);

        var error = await process.StandardError.ReadToEndAsync().WaitAsync(s_limit);
        await process.WaitForExitAsync().WaitAsync(s_limit);

        Assert.Equal(1, process.ExitCode);
        Assert.Contains(value, error);
        Assert.Single(error.Trim().Split('\n'));
    }

    [Fact]
    public async Task Main_GpuThatIsNotThere_IsRefusedInOneLine_NothingStarts()
    {
        var home = Path.Combine(_home.Path, "gpu");
        using var process = Start(new() { ["PGM_DEVICES"] = "cuda:999" }, "--home", home);

        var error = await process.StandardError.ReadToEndAsync().WaitAsync(s_limit);
        await process.WaitForExitAsync().WaitAsync(s_limit);

        Assert.Equal(2, process.ExitCode);
        Assert.Contains("cuda:999", Assert.Single(error.Trim().Split('\n')));
        Assert.False(Directory.Exists(home));
    }

    private static Process Start(Dictionary<string, string> environment, params string[] arguments)
    {
        // A test run in the background of a script has SIGINT ignored, and its children would inherit that.
        var start = new ProcessStartInfo(
            "env", ["--default-signal=INT", "dotnet", "exec", Path.Combine(AppContext.BaseDirectory, "pgm-silo.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
