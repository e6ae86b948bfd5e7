using System.Globalization;
using Microsoft.AspNetCore.Http;
using PgmCluster.Api.Errors;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Api.Requests;

/// <summary>How long a page is.</summary>
internal static class Limits
{
    private const int Usual = 100, Most = CatalogQuery.MostOfAPage;

    /// <summary>What may be asked for.</summary>
    public static string Words => $"1 to {Most}, {Usual} where it is not given";

    /// <exception cref="HttpRefusedException">It is no number, or not within what a page may have.</exception>
    public static int Read(string? text)
    {
        if (text is null) return Usual;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit >= 1 && limit <= Most) return limit;
        throw new HttpRefusedException(
            StatusCodes.Status400BadRequest, $"Reading 'limit={ForeignText.Of(text)}': a page has 1 to {Most} lines. Give such a number.");
    }
}
