using System.Net;
using System.Text.Json;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Chaos.Clusters;

/// <summary>A silo in a process of its own: <c>pgm up</c>.</summary>
internal sealed class SiloProcess : IDisposable
{
    private readonly ChildProcess _process;
    private readonly string _home;

    private SiloProcess(SiloPlan plan, string home, ChildProcess process)
    {
        Plan = plan;
        _home = home;
        _process = process;
    }

    public SiloPlan Plan { get; }

    public string Name => Plan.Name;

    public int ProcessId => _process.Id;

    public bool IsRunning => !_process.HasExited;

    /// <summary>What it wrote to standard error.</summary>
    public string Error => _process.Error;

    /// <summary>True once it can be called.</summary>
    public bool IsReady => TryReadGateway(out _);

    /// <summary>Where clients reach it.</summary>
    /// <exception cref="HarnessException">It is not ready, or opens none.</exception>
    public DnsEndPoint Gateway =>
        TryReadGateway(out var gateway) && gateway is not null
            ? gateway
            : throw new HarnessException($"Asking for the gateway of silo '{Name}': it is not ready, or has none.\n{_process}");

    /// <summary>Starts the process and does not wait for it.</summary>
    /// <param name="plan">How it runs.</param>
    /// <param name="home">Its home directory.</param>
    /// <param name="settings">Environment that the silos of its cluster share.</param>
    /// <param name="program">pgm.dll.</param>
    public static SiloProcess Start(SiloPlan plan, string home, IEnumerable<KeyValuePair<string, string?>> settings, string program)
    {
        KeyValuePair<string, string?>[] own =
        [
            new("PGM_SILONAME", plan.Name), new("PGM_DEVICES", plan.Devices), new("PGM_CORESPERDEVICE", $"{plan.CoresPerDevice}"),
            new("PGM_APIPORT", "0"),
        ];
        return new SiloProcess(
            plan, home,
            ChildProcess.Start(
                [.. plan.Within, Dotnet.Program, "exec", program, "up", "--home", home, "--json"], [.. settings, .. own, .. plan.Environment]));
    }

    /// <summary>Waits until it can be called.</summary>
    /// <exception cref="HarnessException">It ended, or was not ready in time; the message has its output.</exception>
    public async Task ReadyAsync(CancellationToken cancellation = default)
    {
        await Until.Holds($"silo '{Name}' is ready", () =>
        {
            if (_process.HasExited)
                throw new HarnessException($"Starting silo '{Name}': it ended with {_process.ExitCode}.\n{_process}");
            return Task.FromResult(IsReady ? "ready" : _process.ToString());
        }, seen => seen == "ready", cancellation: cancellation);
    }

    /// <summary>What it and the other silos of its home logged.</summary>
    public string ReadLog()
    {
        var logs = Path.Combine(_home, "logs");
        if (!Directory.Exists(logs)) return "";
        return string.Concat(Directory.GetFiles(logs).Order(StringComparer.Ordinal).Select(file =>
        {
            using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            return reader.ReadToEnd();
        }));
    }

    /// <summary>kill -9.</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>SIGSTOP: it hangs, with all its connections open.</summary>
    public void Pause() => _process.Signal("STOP");

    /// <summary>SIGCONT.</summary>
    public void Continue() => _process.Signal("CONT");

    /// <summary>SIGTERM, as at an eviction or an upgrade.</summary>
    public void Terminate() => _process.Signal("TERM");

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code.</returns>
    public Task<int> WaitForExitAsync() => _process.WaitForExitAsync();

    public void Dispose() => _process.Dispose();

    public override string ToString() => _process.ToString();

    /// <returns>True once it is ready; the gateway is null where it opens none.</returns>
    private bool TryReadGateway(out DnsEndPoint? gateway)
    {
        gateway = null;
        try
        {
            // What could not start says so in an object of its own.
            if (!JsonSerializer.Deserialize<JsonElement>(_process.Out).TryGetProperty("gateway", out var said)) return false;
            if (said.GetString() is { Length: > 0 } text && IPEndPoint.Parse(text) is var address)
                gateway = new DnsEndPoint(address.Address.ToString(), address.Port);
            return true;
        }
        catch (JsonException)
        {
            // Nothing was said yet, or a part of it.
            return false;
        }
    }
}
