using System.Text.Json;
using PgmCluster.Cli.Tests.Fakes;

namespace PgmCluster.Cli.Tests.Processes.Datasets;

/// <summary>One silo for all tests of a class, and commands that speak to it.</summary>
public sealed class RunningSilo : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private PgmProcess? _up;
    private int _made;

    public async Task InitializeAsync()
    {
        _up = PgmProcess.Start("up", "--home", _directory["home"], "--devices", "cpu:0");
        await _up.WaitForAsync("the silo", p => p.Out.Contains("Stop with Ctrl-C", StringComparison.Ordinal));
    }

    public Task DisposeAsync()
    {
        _up?.Dispose();
        _directory.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>A directory that nobody else has, and a name for a dataset.</summary>
    internal (string Directory, string Name) New()
    {
        var name = $"d{Interlocked.Increment(ref _made)}";
        return (System.IO.Directory.CreateDirectory(_directory[$"data/{name}"]).FullName, name);
    }

    internal Task<PgmProcess> RunAsync(params IEnumerable<string> args) =>
        PgmProcess.RunAsync([.. args, "--no-embed", "--home", _directory["home"]]);

    /// <summary>What <c>dataset add</c> prints as JSON.</summary>
    internal async Task<JsonElement> AddAsync(string name, string directory, params IEnumerable<string> options)
    {
        using var run = await RunAsync(["dataset", "add", name, directory, "--json", .. options]);
        Assert.True(run.ExitCode == 0, run.ToString());
        return JsonSerializer.Deserialize<JsonElement>(run.Out);
    }

    /// <summary>The one line of a refusal.</summary>
    internal async Task<string> RefusedAsync(string name, string directory, params IEnumerable<string> options)
    {
        using var run = await RunAsync(["dataset", "add", name, directory, .. options]);
        Assert.True(run.ExitCode == 2, $"exit code {run.ExitCode}\n{run}");
        return Assert.Single(run.ErrorLines);
    }
}
