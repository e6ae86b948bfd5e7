using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Cluster.Tests.Observability;

/// <summary>
/// A Prometheus server in a process of its own that scrapes silos every second, with the rules of <c>deploy/observability</c>; they need
/// not hold for long before they fire, as a test has no quarter of an hour.
/// </summary>
internal sealed partial class Prometheus : IAsyncDisposable
{
    /// <summary>As a shell would find it; null where it is not installed.</summary>
    private static readonly string? s_program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(directory => Path.Combine(directory, "prometheus")).FirstOrDefault(File.Exists);

    private readonly string _directory = Directory.CreateTempSubdirectory("pgm-prometheus-").FullName;
    private readonly HttpClient _http;
    private readonly ChildProcess _process;
    private readonly DateTimeOffset _begun = DateTimeOffset.UtcNow;

    private Prometheus(IEnumerable<int> ports)
    {
        var rules = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "deploy", "observability", "prometheus", "alerts.yml"));
        File.WriteAllText(Path.Combine(_directory, "alerts.yml"), For().Replace(rules, "for: 0s"));
        File.WriteAllText(Path.Combine(_directory, "prometheus.yml"), $"""
            global:
              scrape_interval: 1s
              scrape_timeout: 1s
              evaluation_interval: 1s
            rule_files:
              - alerts.yml
            scrape_configs:
              - job_name: pgm
                static_configs:
                  - targets: [{string.Join(", ", ports.Select(p => $"'127.0.0.1:{p}'"))}]
            """);
        var port = FreePort.Take().ToString(CultureInfo.InvariantCulture);
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri($"http://127.0.0.1:{port}/api/v1/") };
        _process = ChildProcess.Start(
            [
                s_program!, $"--config.file={_directory}/prometheus.yml", $"--storage.tsdb.path={_directory}/data",
                $"--web.listen-address=127.0.0.1:{port}", "--log.level=error",
            ]);
    }

    /// <summary>Null where it is not installed.</summary>
    public static async Task<Prometheus?> StartAsync(IEnumerable<int> ports)
    {
        if (s_program is null) return null;
        var server = new Prometheus(ports);
        await Until.Holds("Prometheus answers", () => server.Query("vector(1)"), found => found.Count == 1);
        return server;
    }

    /// <summary>The values that an expression has now, with their labels as JSON.</summary>
    public async Task<IReadOnlyList<(string Labels, double Value)>> Query(string expression)
    {
        var answer = await Get($"query?query={Uri.EscapeDataString(expression)}");
        return [.. answer.GetProperty("result").EnumerateArray().Select(r => (
            r.GetProperty("metric").GetRawText(), double.Parse(r.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture)))];
    }

    /// <summary>How many series an expression has had since this server was started.</summary>
    public async Task<int> CountSeries(string expression)
    {
        string Seconds(DateTimeOffset time) => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var answer = await Get(
            $"query_range?query={Uri.EscapeDataString(expression)}&start={Seconds(_begun)}&end={Seconds(DateTimeOffset.UtcNow)}&step=2");
        return answer.GetProperty("result").GetArrayLength();
    }

    /// <summary>The names of the alerts that fire now.</summary>
    public async Task<IReadOnlySet<string>> Firing() => (await Get("alerts")).GetProperty("alerts").EnumerateArray()
        .Where(a => a.GetProperty("state").GetString() == "firing")
        .Select(a => a.GetProperty("labels").GetProperty("alertname").GetString()!).ToHashSet();

    public async ValueTask DisposeAsync()
    {
        await _process.KillAsync();
        _process.Dispose();
        _http.Dispose();
        TemporaryFiles.Delete(_directory);
    }

    private async Task<JsonElement> Get(string path)
    {
        var answer = JsonSerializer.Deserialize<JsonElement>(await _http.GetStringAsync(new Uri(path, UriKind.Relative)));
        return answer.GetProperty("data");
    }

    [GeneratedRegex(@"for: \w+")]
    private static partial Regex For();
}
