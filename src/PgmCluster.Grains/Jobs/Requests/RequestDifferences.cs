using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Execution.Work;

namespace PgmCluster.Grains.Jobs.Requests;

/// <summary>Compares requests by content; records with collections in them do not compare so by themselves.</summary>
internal static class RequestDifferences
{
    // What a newer version has stored with a request cannot be asked for here, so it makes no difference.
    private static readonly JsonSerializerOptions Known = new(WorkJson.Options)
    {
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { LeaveOutUnknown } },
    };

    // How the work is queued, a copy of the file that the request names beside it, and how many images may be left out.
    private static readonly IReadOnlyList<string> NoDifference =
    [
        .. new[] { nameof(IScheduledRequest.Scheduling), nameof(EvaluationRequest.InceptionWeights), nameof(EvaluationRequest.SkipBad) }
            .Select(JsonNamingPolicy.CamelCase.ConvertName),
    ];

    /// <summary>
    /// Each difference as "key is X, asked for Y"; empty for equal requests. What changes no result is none.
    /// </summary>
    public static IReadOnlyList<string> Between<T>(T recorded, T asked)
    {
        var before = Flatten(Content(recorded), "", []);
        var after = Flatten(Content(asked), "", []);
        return [.. before.Keys.Union(after.Keys).Order(StringComparer.Ordinal)
            .Where(key => before.GetValueOrDefault(key) != after.GetValueOrDefault(key))
            .Select(key => $"{key} is {before.GetValueOrDefault(key, "not set")}, asked for {after.GetValueOrDefault(key, "not set")}")];
    }

    /// <summary>Refuses a request under an id that another one has.</summary>
    /// <param name="job">The job in words, such as "training job 'run'".</param>
    /// <param name="asked">What was asked for when the job began.</param>
    /// <param name="resolved">What was made of it.</param>
    /// <param name="request">What is asked for now; equal to either.</param>
    /// <exception cref="InvalidRequestException">It differs from both.</exception>
    public static void Refuse<T>(string job, T asked, T resolved, T request)
    {
        var differences = Between(asked, request);
        if (differences.Count == 0 || Between(resolved, request).Count == 0) return;
        throw new InvalidRequestException($"Starting {job}: the id belongs to another request ({string.Join("; ", differences)}). "
            + "Choose another id, or add --fresh to get a new one.")
        { Code = PgmErrorCode.Conflict };
    }

    private static JsonNode? Content<T>(T request)
    {
        var content = JsonSerializer.SerializeToNode(request, Known);
        foreach (var name in NoDifference) (content as JsonObject)?.Remove(name);
        return content;
    }

    private static void LeaveOutUnknown(JsonTypeInfo type)
    {
        if (type.Kind == JsonTypeInfoKind.Object && type.Properties.FirstOrDefault(p => p.IsExtensionData) is { } unknown)
            type.Properties.Remove(unknown);
    }

    private static Dictionary<string, string> Flatten(JsonNode? node, string path, Dictionary<string, string> into)
    {
        if (node is JsonObject members)
        {
            foreach (var (name, value) in members) Flatten(value, path.Length == 0 ? name : $"{path}.{name}", into);
        }
        else if (node is not null)
        {
            into[path] = node.ToJsonString();
        }
        return into;
    }
}
