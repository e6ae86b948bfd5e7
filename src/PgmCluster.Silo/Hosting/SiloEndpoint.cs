using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using PgmCluster.Data.Artifacts;
using PgmCluster.Silo.Options;
using PgmCluster.Tls;

namespace PgmCluster.Silo.Hosting;

/// <summary>Where a running silo of a home directory can be reached. Written once the silo is ready, removed when it stops.</summary>
public sealed record SiloEndpoint
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
    };
    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Process id of the silo.</summary>
    public required int Pid { get; init; }

    /// <summary>Name of the silo.</summary>
    public required string SiloName { get; init; }

    /// <summary>Address for clients, <c>address:port</c>; empty where the silo has none for them.</summary>
    public required string Gateway { get; init; }

    /// <summary>The silo's <see cref="SiloOptions.ClusterId"/>.</summary>
    public required string ClusterId { get; init; }

    /// <summary>The silo's <see cref="SiloOptions.ServiceId"/>.</summary>
    public required string ServiceId { get; init; }

    /// <summary>When the silo became ready.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>
    /// Tells the silo's process from a later one of the same number, whatever happened to the clock; null from versions that do not say it.
    /// </summary>
    public string? Process { get; init; }

    /// <summary>The silo's certificate where its ports need one: whoever may read it may use it here. Null where they need none.</summary>
    public TlsFiles? Tls { get; init; }

    /// <summary>Version of the program.</summary>
    public required string Version { get; init; }

    /// <summary>Finds a silo of <paramref name="home"/> that accepts connections, the one started last if there are several.</summary>
    /// <remarks>Files of processes that are gone are removed; silos that do not answer within 2 s are passed over.</remarks>
    public static SiloEndpoint? Find(string home)
    {
        var announced = Announced(home);
        foreach (var (path, endpoint) in announced.Where(a => !IsRunning(a.Endpoint))) TryDelete(path);
        return announced.Select(a => a.Endpoint).Where(e => IsRunning(e) && Accepts(e)).MaxBy(endpoint => endpoint.StartedAt);
    }

    /// <summary>The silos whose processes live and announce themselves in <paramref name="home"/>; changes nothing there.</summary>
    internal static IReadOnlyList<SiloEndpoint> Running(string home) => [.. Announced(home).Select(a => a.Endpoint).Where(IsRunning)];

    private static List<(string Path, SiloEndpoint Endpoint)> Announced(string home)
    {
        var run = RunDirectory(home);
        if (!Directory.Exists(run)) return [];
        return [.. Directory.EnumerateFiles(run, "silo-*.json")
            .Select(path => (path, Read(path))).Where(a => a.Item2 is not null).Select(a => (a.path, a.Item2!))];
    }

    /// <summary>Announces this endpoint in <paramref name="home"/>.</summary>
    internal void Publish(string home)
    {
        Directory.CreateDirectory(RunDirectory(home));
        AtomicFile.WriteAllText(FilePath(home), JsonSerializer.Serialize(this, s_json));
    }

    /// <summary>Removes the announcement, unless a successor has replaced it already.</summary>
    internal void Withdraw(string home)
    {
        if (Read(FilePath(home)) is { } published && published.Pid == Pid && published.Gateway == Gateway) TryDelete(FilePath(home));
    }

    private static string RunDirectory(string home) => Path.Combine(Path.GetFullPath(home), "run");

    private string FilePath(string home) => Path.Combine(RunDirectory(home), $"silo-{SiloName}.json");

    private static SiloEndpoint? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<SiloEndpoint>(File.ReadAllText(path), s_json);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private static bool IsRunning(SiloEndpoint endpoint)
    {
        try
        {
            if (endpoint.Process is { } announced && ProcessIdentity.Of(Environment.ProcessId) is not null)
                return ProcessIdentity.Of(endpoint.Pid) == announced;
            using var process = System.Diagnostics.Process.GetProcessById(endpoint.Pid);
            // A process that began after the silo was ready only inherited its number.
            return !process.HasExited && process.StartTime.ToUniversalTime() <= endpoint.StartedAt.UtcDateTime.AddSeconds(1);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    private static bool Accepts(SiloEndpoint endpoint)
    {
        if (!IPEndPoint.TryParse(endpoint.Gateway, out var gateway)) return false;
        using var socket = new Socket(gateway.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        // Synchronous from end to end: on a busy machine a continuation may wait for the thread pool longer than the silo for the
        // connection.
        socket.Blocking = false;
        try
        {
            socket.Connect(gateway);
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            return socket.Poll(s_connectTimeout, SelectMode.SelectWrite)
                && socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) is 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Housekeeping: the next one tries again.
        }
    }
}
