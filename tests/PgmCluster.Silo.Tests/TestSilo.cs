using System.Diagnostics;
using PgmCluster.Silo.Hosting;

namespace PgmCluster.Silo.Tests;

/// <summary>A silo in a process of its own, which can be killed.</summary>
public sealed class TestSilo : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);
    private readonly Process _process;

    private TestSilo(Process process, string firstLine)
    {
        _process = process;
        FirstLine = firstLine;
    }

    /// <summary>READY with address and times, or FAILED with the reason.</summary>
    public string FirstLine { get; }

    public int Pid => _process.Id;

    public static async Task<TestSilo> StartAsync(
        string home, string name = "local", bool exclusive = true, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { "exec", Path.Combine(AppContext.BaseDirectory, "PgmCluster.Silo.TestHost.dll"), home, name,
                exclusive ? "exclusive" : "shared" },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var (variable, value) in environment ?? new Dictionary<string, string>()) start.Environment[variable] = value;
        var process = Process.Start(start)!;
        try
        {
            var line = await process.StandardOutput.ReadLineAsync().WaitAsync(s_limit);
            return new TestSilo(process, line ?? "(no output)");
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw new TimeoutException(
                $"Expected silo '{name}' on {home} to say READY or FAILED within {s_limit.TotalSeconds:0} s; it said nothing.");
        }
    }

    /// <summary>The endpoint it announces, which must be there once it has said READY.</summary>
    public SiloEndpoint Endpoint(string home)
    {
        Assert.StartsWith("READY", FirstLine);
        var endpoint = SiloEndpoint.Find(home);
        Assert.NotNull(endpoint);
        return endpoint;
    }

    /// <summary>kill -9, and the kernel has let go of its sockets and locks.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(s_limit);
    }

    /// <summary>Stops it cleanly; returns its exit code.</summary>
    public async Task<int> StopAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(s_limit);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
    }
}
