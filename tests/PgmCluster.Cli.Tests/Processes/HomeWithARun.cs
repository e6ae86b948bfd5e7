using System.Text.Json;
using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.TestSupport;

namespace PgmCluster.Cli.Tests.Processes;

/// <summary>A home with a silo on it that has trained a tiny model.</summary>
public sealed class HomeWithARun : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private PgmProcess? _up;

    public string Home => _directory["home"];

    public string Weights => Path.Combine(Home, "artifacts", "runs", "r1", "weights.safetensors");

    /// <summary>Of the silo, as long as it runs.</summary>
    public int ProcessId => _up!.Id;

    public int GatewayPort { get; private set; }

    public async Task InitializeAsync()
    {
        _up = PgmProcess.Start("up", "--home", Home, "--devices", "cpu:0", "--json");
        await _up.WaitForAsync("the silo", p => p.Out.Contains('}'));
        var gateway = JsonSerializer.Deserialize<JsonElement>(_up.Out).GetProperty("gateway").GetString()!;
        GatewayPort = int.Parse(gateway[(gateway.LastIndexOf(':') + 1)..]);
        await RunAsync("dataset", "add", "fashion", Path.Combine(RepositoryRoot.Path, "deploy", "sample-data", "fashion-mnist"),
            "--validation", "1000");
        await RunAsync("train", "r1", "--preset", "classifier-smoke", "--dataset", "fashion", "--set", "training.steps=2", "--wait");
    }

    /// <summary>Has the silo leave; the next to use the home starts one of its own.</summary>
    public async Task StopSiloAsync()
    {
        if (_up!.HasExited) return;
        _up.Interrupt();
        await _up.WaitForExitAsync();
    }

    public Task DisposeAsync()
    {
        _up?.Dispose();
        _directory.Dispose();
        return Task.CompletedTask;
    }

    private async Task RunAsync(params string[] args)
    {
        using var run = await PgmProcess.RunAsync([.. args, "--home", Home]);
        Assert.True(run.ExitCode == 0, run.ToString());
    }
}
