using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace PgmCluster.Api.Errors;

/// <summary>Answers what goes wrong with problem details, and what there is no route for.</summary>
internal sealed partial class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> logger)
{
    private readonly ILogger<ProblemMiddleware> _logger = logger;

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody listens any more.
            context.Abort();
            return;
        }
        catch (Exception e)
        {
            var attempt = Problems.Attempt(context.Request);
            var (status, code, detail) = Problems.Of(e, attempt);
            if (status == StatusCodes.Status500InternalServerError) LogFailure(e, attempt);
            if (context.Response.HasStarted)
            {
                context.Abort();
                return;
            }
            context.Response.Clear();
            await Problems.WriteAsync(context, status, code, detail);
            return;
        }
        if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentType: null } response)
            await Problems.WriteAsync(context, response.StatusCode, "http", Empty(context));
    }

    private static string Empty(HttpContext context) => $"{Problems.Attempt(context.Request)}: " + context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => "there is no such route. /api/openapi.json lists what there is.",
        StatusCodes.Status405MethodNotAllowed =>
            $"that route takes {context.Response.Headers.Allow}. /api/openapi.json lists what there is.",
        _ => "the request cannot be answered. /api/openapi.json lists what there is.",
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "{Attempt} failed")]
    private partial void LogFailure(Exception exception, string attempt);
}
