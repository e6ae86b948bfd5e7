using Microsoft.AspNetCore.Http;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Api.Errors;

/// <summary>Refuses addresses with control characters: nothing is called so, and not every part of a cluster takes them.</summary>
internal sealed class SoundAddresses(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        var texts = request.Query.SelectMany(q => q.Value.Append(q.Key)).Append(request.Path.Value);
        if (texts.Any(t => t is not null && t.Any(c => char.IsControl(c) || char.IsSurrogate(c) || c == '\uFFFD')))
            throw new HttpRefusedException(
                StatusCodes.Status400BadRequest,
                $"{ForeignText.Of(request.Method)} an address: it holds characters that no name has. Correct the address.");
        return next(context);
    }
}
