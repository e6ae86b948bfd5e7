using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using PgmCluster.TestSupport.Hub;

namespace PgmCluster.Benchmarks.Proofs.WebDataset;

/// <summary>
/// A Hub on loopback with one dataset, that does wrong what a seed draws, sends no faster than it is told, and writes down every transfer.
/// </summary>
internal sealed class FaultyHub : IAsyncDisposable
{
    public const string Repository = "made/pictures";
    public const string NoRange = "416", OtherVersion = "changed ETag";
    private const string Cut = "cut", Busy = "429", Broken = "500", Away = "503", Page = "HTML with status 200", WrongSize = "wrong size";
    private const int Piece = 1 << 15;

    private readonly HubServer _server;
    private readonly Dictionary<string, Queue<string>> _due = [];
    private readonly double _bytesPerSecond;
    private readonly string _place;

    private FaultyHub(HubServer server, string place, double bytesPerSecond)
    {
        (_server, _place, _bytesPerSecond) = (server, place, bytesPerSecond);
        server.Serve = ServeAsync;
    }

    /// <summary>Everything that was sent.</summary>
    public ConcurrentQueue<Transfer> Transfers { get; } = new();

    /// <summary>What was done wrong, beside what transfers say.</summary>
    public ConcurrentQueue<string> Answered { get; } = new();

    public Uri Address => _server.Address;

    /// <summary>Whether any host but the Hub's was shown the token.</summary>
    public bool HasLeakedToken => _server.Requests.Any(r => r.Host != "hub" && r.HasToken);

    /// <summary>How often each thing is yet to go wrong.</summary>
    public int Due => _due.Values.Sum(d => d.Count);

    /// <summary>Starts a server.</summary>
    /// <param name="files">What it has.</param>
    /// <param name="downloads">Where the silos put what they pull.</param>
    /// <param name="seed">Draws what goes wrong; null for nothing.</param>
    /// <param name="bytesPerSecond">Of each connection; 0 for as fast as it goes.</param>
    public static async Task<FaultyHub> StartAsync(
        (string Path, byte[] Content)[] files, string downloads, int? seed, double bytesPerSecond)
    {
        var server = await HubServer.StartWithAsync($"datasets/{Repository}", files);
        server.IsGated = true;
        var hub = new FaultyHub(
            server, Path.Combine(downloads, "datasets", Repository, HubServer.Commit), bytesPerSecond);
        if (seed is { } given) hub.Draw(files, new Random(given));
        return hub;
    }

    /// <summary>The next answer of the Hub itself is this status.</summary>
    public void AnswerNext(int status)
    {
        _server.Answers.Enqueue(response =>
        {
            Answered.Enqueue(status.ToString(System.Globalization.CultureInfo.InvariantCulture));
            response.StatusCode = status;
            if (status == StatusCodes.Status429TooManyRequests) response.Headers.RetryAfter = "1";
        });
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    /// <summary>Every kind at least once where there are shards enough, and one for every second shard.</summary>
    private void Draw((string Path, byte[] Content)[] files, Random random)
    {
        string[] kinds = [Cut, Busy, Broken, Away, NoRange, Page, WrongSize, OtherVersion];
        var shards = files.Select(f => f.Path).ToArray();
        random.Shuffle(shards);
        for (var i = 0; i < Math.Max(kinds.Length, shards.Length / 2); i++)
        {
            var due = _due.TryGetValue(shards[i % shards.Length], out var known) ? known : _due[shards[i % shards.Length]] = new();
            var kind = kinds[i % kinds.Length];
            // A range is asked for only where something has come before.
            if (kind == NoRange) due.Enqueue(Cut);
            due.Enqueue(kind);
        }
    }

    private async Task ServeAsync(HttpContext context, string file, byte[] content)
    {
        var (response, from) = (context.Response, HubServer.From(context));
        string? mishap = null;
        if (_due.TryGetValue(file, out var due))
        {
            // One file is fetched by one silo at a time.
            lock (due)
            {
                if (due.TryPeek(out var next) && (next != NoRange || from > 0)) mishap = due.Dequeue();
            }
        }
        var transfer = new Transfer(file, from, OnDisk(file), mishap);
        Transfers.Enqueue(transfer);
        switch (mishap)
        {
            case Busy:
                (response.StatusCode, response.Headers.RetryAfter) = (429, "1");
                break;
            case Broken or Away or NoRange:
                response.StatusCode = int.Parse(mishap, System.Globalization.CultureInfo.InvariantCulture);
                break;
            case Page:
                await HubServer.LoginPage(context, content);
                break;
            case WrongSize:
                (response.StatusCode, response.Headers.ContentRange) = (206, $"bytes {from}-{content.Length + 6}/{content.Length + 7}");
                response.ContentLength = content.Length + 7 - from;
                await SendAsync(context, content, from, Math.Min(content.Length, from + Piece), transfer);
                break;
            case OtherVersion:
                response.Headers.ETag = "\"v0\"";
                Begin(response, from, content.Length);
                await SendAsync(context, [.. content.Select(b => (byte)~b)], from, (from + content.Length) / 2, transfer);
                break;
            case Cut:
                Begin(response, from, content.Length);
                await SendAsync(context, content, from, (from + content.Length) / 2, transfer);
                break;
            default:
                Begin(response, from, content.Length);
                await SendAsync(context, content, from, content.Length, transfer);
                break;
        }
    }

    private static void Begin(HttpResponse response, int from, int length)
    {
        if (from > 0) (response.StatusCode, response.Headers.ContentRange) = (206, $"bytes {from}-{length - 1}/{length}");
        response.ContentLength = length - from;
    }

    private async Task SendAsync(HttpContext context, byte[] content, int from, int to, Transfer transfer)
    {
        for (var at = from; at < to; at += Piece)
        {
            var piece = content.AsMemory(at, Math.Min(Piece, to - at));
            await context.Response.Body.WriteAsync(piece, context.RequestAborted);
            transfer.Sent += piece.Length;
            transfer.Seen = Math.Max(transfer.Seen, OnDisk(transfer.File));
            if (_bytesPerSecond > 0) await Task.Delay(TimeSpan.FromSeconds(piece.Length / _bytesPerSecond), context.RequestAborted);
        }
        // What is announced and does not come makes the server end the connection behind what was sent.
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    private long OnDisk(string file)
    {
        if (File.Exists(Path.Combine(_place, file))) return -1;
        var part = new FileInfo(Path.Combine(_place, $".{file}.part"));
        return part.Exists ? part.Length : 0;
    }
}
