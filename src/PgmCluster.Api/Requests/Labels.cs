using Microsoft.AspNetCore.Http;
using PgmCluster.Api.Errors;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Api.Requests;

/// <summary>Labels that jobs are asked for by.</summary>
internal static class Labels
{
    /// <summary>What may be asked for.</summary>
    public const string Words = "'label' is KEY=VALUE and may come again: only jobs that have all of them";

    /// <param name="given">Of the address; null or empty for none.</param>
    /// <returns>Null for none.</returns>
    /// <exception cref="HttpRefusedException">One is no KEY=VALUE, is given twice, or can be no job's.</exception>
    public static IReadOnlyDictionary<string, string>? Read(IReadOnlyCollection<string>? given)
    {
        if (given is null or { Count: 0 }) return null;
        var labels = new Dictionary<string, string>();
        foreach (var pair in given)
        {
            if (pair.IndexOf('=', StringComparison.Ordinal) is not (> 0 and var at))
                throw Refusal(pair, "that is no KEY=VALUE. Write for example label=project=shoes.");
            if (!labels.TryAdd(pair[..at], pair[(at + 1)..])) throw Refusal(pair, "that key comes twice. Give it once.");
        }
        return JobLabels.FaultOf(labels) is { } fault ? throw Refusal(string.Join(", ", given), $"{fault}.") : labels;
    }

    private static HttpRefusedException Refusal(string text, string why) => new(
        StatusCodes.Status400BadRequest, $"Reading 'label={ForeignText.Of(text)}': {why}");
}
