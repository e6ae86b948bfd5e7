using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using PgmCluster.Api.Json;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Api.Events;

/// <summary>A job's changes as server-sent events.</summary>
internal static class JobEventStream
{
    /// <summary>Between two signs of life: proxies end connections that are silent for longer.</summary>
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(15);

    private static readonly byte[] s_silence = ": nothing new\n\n"u8.ToArray();

    /// <summary>Answers with the changes until the job is at rest, the caller is gone or the silo ends.</summary>
    /// <param name="context">The request, with the id of the event that was seen last.</param>
    /// <param name="job">The job.</param>
    /// <param name="stopping">The silo ends.</param>
    public static async Task SendAsync(HttpContext context, IJobGrain job, CancellationToken stopping)
    {
        var seen = context.Request.Headers["Last-Event-ID"].ToString();
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        // Failures before the first event are problems like those of other routes.
        await using var events = job.WatchToRest(cancellation: ends.Token).GetAsyncEnumerator(ends.Token);
        if (!await events.MoveNextAsync()) return;
        var first = IdOf(events.Current);
        if (first == seen && events.Current.Phase.IsAtRest())
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        // As proxies know it that would collect the events otherwise.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await context.Response.StartAsync(ends.Token);
        try
        {
            if (first != seen) await SendAsync(context, events.Current, first, ends.Token);
            while (await NextAsync(context, events, ends.Token))
                await SendAsync(context, events.Current, IdOf(events.Current), ends.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The caller comes back to another silo, with the id of what it saw last.
        }
    }

    /// <summary>
    /// What tells an event from the one before, also where another silo has the job by now: the counts of an activation begin anew there.
    /// </summary>
    internal static string IdOf(JobEvent e)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(e with { Sequence = 0, At = default }, ApiJson.Options);
        return $"{e.Attempt}.{e.Generation}.{Convert.ToHexStringLower(SHA256.HashData(content))[..16]}";
    }

    private static async Task<bool> NextAsync(HttpContext context, IAsyncEnumerator<JobEvent> events, CancellationToken cancellation)
    {
        var next = events.MoveNextAsync().AsTask();
        try
        {
            while (true)
            {
                try
                {
                    return await next.WaitAsync(s_heartbeat, cancellation);
                }
                catch (TimeoutException) when (!next.IsCompleted)
                {
                    await context.Response.Body.WriteAsync(s_silence, cancellation);
                    await context.Response.Body.FlushAsync(cancellation);
                }
            }
        }
        finally
        {
            // The enumerator may be disposed only once nothing of it is under way.
            if (!next.IsCompleted) await next.ContinueWith(static t => _ = t.Exception, TaskScheduler.Default);
        }
    }

    private static async Task SendAsync(HttpContext context, JobEvent e, string id, CancellationToken cancellation)
    {
        var text = $"id: {id}\nevent: job\ndata: {JsonSerializer.Serialize(e, ApiJson.Options)}\n\n";
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), cancellation);
        await context.Response.Body.FlushAsync(cancellation);
    }
}
