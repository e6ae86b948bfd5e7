using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Orleans.Runtime;
using PgmCluster.Api.Json;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Api.Errors;

/// <summary>Failures as answers.</summary>
internal static class Problems
{
    /// <summary>The media type of such answers.</summary>
    public const string MediaType = "application/problem+json";

    private const string Http = "http";

    /// <summary>The status of a refusal or failure; a code of a newer version counts as <see cref="PgmErrorCode.Failed"/>.</summary>
    public static int StatusOf(PgmErrorCode code) => code switch
    {
        PgmErrorCode.Invalid => StatusCodes.Status400BadRequest,
        PgmErrorCode.NotFound => StatusCodes.Status404NotFound,
        PgmErrorCode.Conflict or PgmErrorCode.NotReady => StatusCodes.Status409Conflict,
        PgmErrorCode.Unavailable => StatusCodes.Status503ServiceUnavailable,
        PgmErrorCode.Denied => StatusCodes.Status403Forbidden,
        _ => StatusCodes.Status500InternalServerError,
    };

    /// <summary>What to answer for an exception.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="attempt">What the request was for, for exceptions that do not say it.</param>
    public static (int Status, string Code, string Detail) Of(Exception exception, string attempt)
    {
        switch (exception)
        {
            case PgmException known:
                return (StatusOf(known.Code), NameOf(known.Code), ErrorLine.Of(known));
            case HttpRefusedException refused:
                return (refused.Status, Http, refused.Message);
            case BadHttpRequestException bad:
                return (bad.StatusCode, Http, $"{attempt}: {ErrorLine.Of(bad).TrimEnd('.')}. Correct the request.");
            case TimeoutException or OrleansException:
                return (StatusCodes.Status503ServiceUnavailable, NameOf(PgmErrorCode.Unavailable),
                    $"{attempt}: a part of the cluster did not answer in time. Try again; see 'pgm workers' and the silos' logs.");
            default:
                return (StatusCodes.Status500InternalServerError, NameOf(PgmErrorCode.Internal),
                    $"{attempt}: unexpected {exception.GetType().Name}. The silo's log says more.");
        }
    }

    /// <summary>What a request is for, as the beginning of a message.</summary>
    public static string Attempt(HttpRequest request) =>
        $"{ForeignText.Of(request.Method)} {ForeignText.Of(request.Path.ToUriComponent())}";

    /// <summary>Answers with a problem, where nothing was answered yet.</summary>
    public static Task WriteAsync(HttpContext context, int status, string code, string detail)
    {
        var title = code == Http ? ReasonPhrases.GetReasonPhrase(status) : TitleOf(code);
        context.Response.StatusCode = status;
        if (status == StatusCodes.Status503ServiceUnavailable) context.Response.Headers.RetryAfter = "2";
        var body = new ProblemBody($"urn:pgm:error:{code}", title, status, detail, code);
        context.Response.ContentType = MediaType;
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, ApiJson.Options);
        return context.Response.Body.WriteAsync(bytes, context.RequestAborted).AsTask();
    }

    private static string NameOf(PgmErrorCode code) => JsonNamingPolicy.CamelCase.ConvertName($"{(Enum.IsDefined(code) ? code : default)}");

    private static string TitleOf(string code) => code switch
    {
        "invalid" => "The request is wrong by itself",
        "notFound" => "What the request names does not exist",
        "conflict" => "The request contradicts what is there",
        "notReady" => "What is asked for is not done yet",
        "unavailable" => "A part of the cluster does not answer now",
        "denied" => "The caller may not do this",
        "unauthenticated" => "Nobody knows the caller",
        "internal" => "A fault of the silo",
        _ => "The work failed",
    };
}
