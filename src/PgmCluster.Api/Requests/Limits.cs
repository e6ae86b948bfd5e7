using System.Globalization;
using Microsoft.AspNetCore.Http;
using PgmCluster.Api.Errors;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Api.Requests;

/// <summary>How long a page is.</summary>
internal static class Limits
{
    /// <exception cref="HttpRefusedException">It is no number, or not within 1 and <paramref name="most"/>.</exception>
    public static int Read(string? text, int usual, int most)
    {
        if (text is null) return usual;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit >= 1 && limit <= most) return limit;
        throw new HttpRefusedException(
            StatusCodes.Status400BadRequest, $"Reading 'limit={ForeignText.Of(text)}': a page has 1 to {most} lines. Give such a number.");
    }
}
