using Microsoft.AspNetCore.Http;
using PgmCluster.Api.Errors;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Api.Requests;

/// <summary>Words in addresses for values of enumerations, as they stand in documents.</summary>
internal static class Words
{
    /// <summary>A word of an address.</summary>
    public static string Of<T>(T value) where T : struct, Enum => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName($"{value}");

    /// <summary>All words.</summary>
    public static string All<T>() where T : struct, Enum => string.Join(", ", Enum.GetValues<T>().Select(Of));

    /// <summary>Reads a parameter.</summary>
    /// <returns>Null where it is not given.</returns>
    /// <exception cref="HttpRefusedException">There is no such word.</exception>
    public static T? Read<T>(string name, string? word) where T : struct, Enum
    {
        if (word is null) return null;
        foreach (var value in Enum.GetValues<T>())
            if (Of(value) == word) return value;
        throw new HttpRefusedException(
            StatusCodes.Status400BadRequest, $"Reading '{name}={ForeignText.Of(word)}': there is no such word. Use one of {All<T>()}.");
    }
}
