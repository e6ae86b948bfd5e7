using System.Net.Http.Headers;
using PgmCluster.Api.Keys;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;
using PgmCluster.TestSupport;

namespace PgmCluster.Api.Tests;

/// <summary>A real silo that serves the API, with a key for each of some people.</summary>
public abstract class ApiSilo(string devices) : IAsyncLifetime
{
    private readonly ReservedPort _port = new();
    private readonly Dictionary<string, HttpClient> _clients = [];
    private PgmSiloHost? _silo;

    public string Home { get; } = Directory.CreateTempSubdirectory("pgm-api-tests-").FullName;

    /// <summary>May look.</summary>
    public HttpClient Vera => _clients["vera"];

    /// <summary>May submit.</summary>
    public HttpClient Ann => _clients["ann"];

    /// <summary>May submit, too.</summary>
    public HttpClient Bob => _clients["bob"];

    /// <summary>May do everything.</summary>
    public HttpClient Root => _clients["root"];

    /// <summary>Has no key.</summary>
    public HttpClient Nobody => _clients["nobody"];

    internal string Keys => Path.Combine(Home, "api-keys.json");

    internal HttpClient With(ApiRole role) => role switch { ApiRole.Viewer => Vera, ApiRole.Submitter => Ann, _ => Root };

    public async Task InitializeAsync()
    {
        foreach (var (name, role) in new[]
        {
            ("vera", ApiRole.Viewer), ("ann", ApiRole.Submitter), ("bob", ApiRole.Submitter), ("root", ApiRole.Admin),
        })
        {
            _clients[name] = Client(ApiKeyFile.Add(Keys, name, role, DateTimeOffset.UtcNow));
        }
        _clients["nobody"] = Client(null);
        var options = new SiloOptions { Home = Home, Devices = devices, ApiPort = _port.Number };
        _silo = await PgmSiloHost.StartAsync(options, builder => builder.AddPgmParts(options));
    }

    public async Task DisposeAsync()
    {
        foreach (var client in _clients.Values) client.Dispose();
        if (_silo is not null) await _silo.DisposeAsync();
        _port.Dispose();
        Directory.Delete(Home, recursive: true);
    }

    /// <summary>A client with a key, or without.</summary>
    internal HttpClient Client(string? key)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false })
        {
            BaseAddress = new Uri($"http://127.0.0.1:{_port.Number}/api/v1/"),
            Timeout = TimeSpan.FromMinutes(2),
        };
        if (key is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>What the silo has logged so far.</summary>
    internal string ReadLog() => string.Concat(Directory.GetFiles(Path.Combine(Home, "logs")).Select(path =>
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return new StreamReader(file).ReadToEnd();
    }));
}

/// <summary>Without devices: what is submitted waits.</summary>
public sealed class WaitingSilo() : ApiSilo("none");

/// <summary>With one.</summary>
public sealed class WorkingSilo() : ApiSilo("cpu:0");
