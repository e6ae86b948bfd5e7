using System.Text.Json;
using System.Text.Json.Serialization;

namespace PgmCluster.Execution.Work;

/// <summary>How work documents and results are written: camelCase, enums by name, no null members.</summary>
public static class WorkJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        // The final loss of a run that took no step is no number.
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    public static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, Options)
        ?? throw new JsonException($"Reading a {typeof(T).Name}: the document is null.");
}
