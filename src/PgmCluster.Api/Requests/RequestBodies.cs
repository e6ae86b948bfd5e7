using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PgmCluster.Api.Errors;
using PgmCluster.Api.Json;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Api.Requests;

/// <summary>Reads what a request asks for.</summary>
internal static class RequestBodies
{
    /// <exception cref="HttpRefusedException">It is no JSON, or another document than is asked for; the message says where.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext context) where T : class
    {
        var attempt = Problems.Attempt(context.Request);
        if (!context.Request.HasJsonContentType())
            throw new HttpRefusedException(
                StatusCodes.Status415UnsupportedMediaType,
                $"{attempt}: the body's type is '{ForeignText.Of(context.Request.ContentType ?? "")}'. Send JSON as application/json.");
        try
        {
            var request = await context.Request.ReadFromJsonAsync<T>(ApiJson.Requests, context.RequestAborted)
                ?? throw new JsonException("the document is null");
            RequireText(JsonSerializer.SerializeToElement(request, ApiJson.Options), "$");
            return request;
        }
        catch (JsonException e)
        {
            throw new HttpRefusedException(
                StatusCodes.Status400BadRequest,
                $"{attempt}: the body cannot be read: {ForeignText.Of(ErrorLine.Of(e)).TrimEnd('.')}. "
                + "/api/openapi.json says what it holds.");
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or OverflowException or ArgumentException)
        {
            throw new HttpRefusedException(
                StatusCodes.Status400BadRequest,
                $"{attempt}: the body holds text that is no text ({e.GetType().Name}). Send well-formed UTF-8.");
        }
    }

    /// <summary>Why a request that came another way holds text that no body could, in a clause; null where it does not.</summary>
    public static string? FaultOf<T>(T request) where T : class
    {
        try
        {
            RequireText(JsonSerializer.SerializeToElement(request, ApiJson.Options), "$");
            return null;
        }
        catch (JsonException e)
        {
            return ErrorLine.Of(e);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or OverflowException or ArgumentException)
        {
            return "it holds text that is no text";
        }
    }

    /// <summary>Names go into file names, logs and a database, some of which take no control characters.</summary>
    private static void RequireText(JsonElement element, string path)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    RequireText(member.Name, path);
                    RequireText(member.Value, $"{path}.{member.Name}");
                }
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray()) RequireText(item, path);
                break;
            case JsonValueKind.String:
                RequireText(element.GetString()!, path);
                break;
        }
    }

    private static void RequireText(string text, string path)
    {
        if (text.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t')))
            throw new JsonException($"a text at {path} holds control characters");
    }
}
