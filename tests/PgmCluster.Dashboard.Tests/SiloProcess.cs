using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using PgmCluster.Api.Keys;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Dashboard.Tests;

/// <summary>A silo in a process of its own, with the dashboard.</summary>
public abstract class SiloProcess(string devices) : IAsyncLifetime
{
    private static readonly TimeSpan s_start = TimeSpan.FromMinutes(2);

    private readonly ReservedPort _port = new();
    private ChildProcess? _process;

    public string Home { get; } = Directory.CreateTempSubdirectory("pgm-dashboard-tests-").FullName;

    /// <summary>Where it serves.</summary>
    public string Address => $"http://127.0.0.1:{_port.Number}";

    /// <summary>Calls the API with a key, or without.</summary>
    public HttpClient Client(string? key = null)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = new Uri(Address),
            Timeout = TimeSpan.FromMinutes(2),
        };
        if (key is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>A key of the silo's.</summary>
    internal string AddKey(string name, ApiRole role) => ApiKeyFile.Add(KeysFile, name, role, DateTimeOffset.UtcNow);

    /// <summary>Takes one back.</summary>
    internal void RemoveKey(string name) => ApiKeyFile.Remove(KeysFile, name);

    private string KeysFile => Path.Combine(Home, "api-keys.json");

    public virtual Task InitializeAsync() => StartAsync();

    public async Task DisposeAsync()
    {
        if (_process is not null) await KillAsync();
        _port.Dispose();
        Directory.Delete(Home, recursive: true);
    }

    /// <summary>Starts it, also again.</summary>
    public async Task StartAsync()
    {
        var program = Path.Combine(
            RepositoryRoot.Path, "src", "PgmCluster.Silo", "bin", Dotnet.Configuration, "net10.0", "linux-x64", "pgm-silo");
        _process = ChildProcess.Start(
        [
            program, "--home", Home, "--devices", devices, "--coresperdevice", "1", "--apiport",
            _port.Number.ToString(CultureInfo.InvariantCulture),
        ]);
        await Until.Holds(
            "the silo is ready", () => Task.FromResult($"{_process}"),
            said => _process.HasExited
                ? throw new HarnessException($"The silo ended: {said}")
                : _process.Out.Contains(" is ready", StringComparison.Ordinal),
            s_start);
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        await _process!.KillAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Registers the images that every clone has.</summary>
    public static async Task AddDatasetAsync(HttpClient client) => await SendAsync(client, HttpMethod.Put, "datasets/fashion", new
    {
        location = Path.Combine(RepositoryRoot.Path, "deploy", "sample-data", "fashion-mnist"),
        validationImages = 1000,
    });

    /// <summary>Submits a run that shows what it learns every few steps.</summary>
    public static Task SubmitAsync(HttpClient client, string id)
    {
        var set = new Dictionary<string, string> { ["training.steps"] = "1000000", ["training.sampleSteps"] = "10" };
        return SendAsync(client, HttpMethod.Put, $"runs/{id}", new { preset = "tokenizer-smoke", dataset = "fashion", set });
    }

    /// <summary>Asks the API.</summary>
    public static async Task SendAsync(HttpClient client, HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, $"/api/v1/{path}") { Content = body is null ? null : JsonContent.Create(body) };
        using var answer = await client.SendAsync(request);
        Assert.True(
            answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Created or HttpStatusCode.Accepted or HttpStatusCode.NoContent,
            $"{method} {path}: {answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
    }
}

/// <summary>With a device, for this machine's user.</summary>
public sealed class OpenSilo() : SiloProcess("cpu:0");

/// <summary>Without devices, for those who have a key.</summary>
public sealed class KeyedSilo() : SiloProcess("none")
{
    public string Vera { get; private set; } = "";

    public string Ann { get; private set; } = "";

    /// <summary>Another submitter, who keeps his key.</summary>
    public string Ben { get; private set; } = "";

    public string Root { get; private set; } = "";

    public override Task InitializeAsync()
    {
        Vera = AddKey("vera", ApiRole.Viewer);
        Ann = AddKey("ann", ApiRole.Submitter);
        Ben = AddKey("ben", ApiRole.Submitter);
        Root = AddKey("root", ApiRole.Admin);
        return base.InitializeAsync();
    }
}
