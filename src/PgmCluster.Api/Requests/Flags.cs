using Microsoft.AspNetCore.Http;
using PgmCluster.Api.Errors;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Api.Requests;

/// <summary>Yes and no in addresses.</summary>
internal static class Flags
{
    /// <exception cref="HttpRefusedException">It is neither.</exception>
    public static bool Read(string name, string? word) => word switch
    {
        null or "false" => false,
        "true" => true,
        _ => throw new HttpRefusedException(
            StatusCodes.Status400BadRequest, $"Reading '{name}={ForeignText.Of(word)}': that is neither true nor false. Give one of them."),
    };
}
