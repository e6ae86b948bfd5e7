using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using PgmCluster.Contracts.Tokenization;

namespace PgmCluster.Api.Json;

/// <summary>JSON as the API reads and writes it: names and words as <c>pgm --json</c> has them.</summary>
internal static class ApiJson
{
    /// <summary>Deepest nesting of a document that is read.</summary>
    public const int Depth = 16;

    /// <summary>What is written.</summary>
    public static JsonSerializerOptions Options { get; } = Written(new JsonSerializerOptions());

    /// <summary>What is read: a member that nobody knows is a mistake, and no figure goes wrong before the work begins.</summary>
    public static JsonSerializerOptions Requests { get; } = Create(new JsonSerializerOptions
    {
        NumberHandling = JsonNumberHandling.Strict,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        AllowDuplicateProperties = false,
        MaxDepth = Depth,
    });

    /// <summary>Makes others like <see cref="Options"/>.</summary>
    public static void Apply(JsonSerializerOptions options) => Written(options);

    private static JsonSerializerOptions Written(JsonSerializerOptions options)
    {
        // Figures of a model that went wrong are still to be shown.
        options.NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals;
        return Create(options);
    }

    private static JsonSerializerOptions Create(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.DictionaryKeyPolicy = null;
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { WithoutUnknown, WithSplit } };
        return options;
    }

    /// <summary>
    /// What a newer version has stored with a record is no part of what is asked for: taken in, a mistyped name would be stored unseen.
    /// </summary>
    private static void WithoutUnknown(JsonTypeInfo type)
    {
        if (type.Kind == JsonTypeInfoKind.Object && type.Properties.FirstOrDefault(p => p.IsExtensionData) is { } unknown)
            type.Properties.Remove(unknown);
    }

    /// <summary>Sent between silos and not stored, so that its record leaves it out.</summary>
    private static void WithSplit(JsonTypeInfo type)
    {
        if (type.Type != typeof(TokenizationResult) || type.Properties.Any(p => p.Name == "split")) return;
        var split = type.CreateJsonPropertyInfo(typeof(string), "split");
        split.Get = result => ((TokenizationResult)result).Split;
        type.Properties.Add(split);
    }
}
