using System.Collections.Concurrent;
using System.Diagnostics;

namespace PgmCluster.Benchmarks.Serving;

/// <summary>People who look: some follow a job's events, others ask for what there is, again and again.</summary>
internal sealed class Crowd : IAsyncDisposable
{
    private static readonly string[] s_asked = ["runs?limit=20", "runs/run", "workers", "queue"];

    private readonly HttpClient _client;
    private readonly CancellationTokenSource _leave = new();
    private readonly ConcurrentQueue<double> _latencies = new();
    private readonly List<Task> _people = [];
    private long _events;
    private int _failures;

    private Crowd(string address) => _client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 4096 })
    {
        BaseAddress = new Uri(address),
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Events that were heard.</summary>
    public long Events => Interlocked.Read(ref _events);

    /// <summary>Requests that were not answered with 200, and streams that ended.</summary>
    public int Failures => Volatile.Read(ref _failures);

    /// <summary>All come at once.</summary>
    /// <param name="address">Of the API.</param>
    /// <param name="job">Whose events are followed.</param>
    /// <param name="watchers">How many do.</param>
    /// <param name="requests">Asked for a second, whether those before are answered or not.</param>
    public static async Task<Crowd> GatherAsync(string address, string job, int watchers, int requests)
    {
        var crowd = new Crowd(address);
        var heard = Enumerable.Range(0, watchers).Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).ToList();
        crowd._people.AddRange(heard.Select(first => Task.Run(() => crowd.WatchAsync(job, first))));
        await Task.WhenAll(heard.Select(first => first.Task)).WaitAsync(TimeSpan.FromMinutes(2));
        crowd._people.Add(Task.Run(() => crowd.AskAsync(requests)));
        return crowd;
    }

    /// <summary>All leave.</summary>
    /// <returns>How long each request took, in seconds.</returns>
    public async Task<IReadOnlyCollection<double>> LeaveAsync()
    {
        await _leave.CancelAsync();
        await Task.WhenAll(_people);
        return _latencies;
    }

    public async ValueTask DisposeAsync()
    {
        await LeaveAsync();
        _client.Dispose();
    }

    private async Task WatchAsync(string job, TaskCompletionSource first)
    {
        try
        {
            using var answer = await _client.GetAsync($"runs/{job}/events", HttpCompletionOption.ResponseHeadersRead, _leave.Token);
            using var reader = new StreamReader(await answer.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(_leave.Token));
            while (await reader.ReadLineAsync(_leave.Token) is { } line)
            {
                if (!line.StartsWith("data:", StringComparison.Ordinal)) continue;
                Interlocked.Increment(ref _events);
                first.TrySetResult();
            }
            throw new IOException("The stream has ended.");
        }
        catch (Exception) when (_leave.IsCancellationRequested)
        {
            first.TrySetResult();
        }
        catch (Exception e)
        {
            Interlocked.Increment(ref _failures);
            first.TrySetException(e);
        }
    }

    private async Task AskAsync(int requests)
    {
        var (begun, asked, answers) = (Stopwatch.GetTimestamp(), 0, new List<Task>());
        while (!_leave.IsCancellationRequested)
        {
            var due = (int)(Stopwatch.GetElapsedTime(begun).TotalSeconds * requests);
            for (; asked < due; asked++) answers.Add(AskOnceAsync(s_asked[asked % s_asked.Length]));
            answers.RemoveAll(a => a.IsCompleted);
            await Task.Delay(5);
        }
        await Task.WhenAll(answers);
    }

    private async Task AskOnceAsync(string path)
    {
        var begun = Stopwatch.GetTimestamp();
        try
        {
            using var answer = await _client.GetAsync(path);
            await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
            _latencies.Enqueue(Stopwatch.GetElapsedTime(begun).TotalSeconds);
        }
        catch (Exception)
        {
            Interlocked.Increment(ref _failures);
        }
    }
}
