using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orleans.Storage;

namespace PgmCluster.Silo.Storage.Json;

/// <summary>
/// Grain state as plain JSON: camelCase names, enums by number, no type names. Missing members keep the default of the record and unknown
/// ones are kept where the record has a place for them (<see cref="JsonExtensionDataAttribute"/>), so state that an older or a newer
/// version has written can be read, and an older version that writes it again loses nothing.
/// </summary>
/// <remarks>
/// The framework's default writes the assembly-qualified type of every object, which ties stored state to the layout of
/// the code. A record that needs an incompatible change carries a format version of its own.
/// </remarks>
public sealed class JsonGrainStateSerializer : IGrainStorageSerializer
{
    /// <summary>The settings of the stored form, for tests and tools that read it.</summary>
    public static JsonSerializerOptions Options { get; } = MakeOptions();

    /// <inheritdoc />
    public BinaryData Serialize<T>(T? input) => new(JsonSerializer.SerializeToUtf8Bytes(input, Options));

    /// <inheritdoc />
    public T Deserialize<T>(BinaryData input) => Read<T>(input.ToMemory().Span);

    /// <summary>The same of what was read already.</summary>
    /// <exception cref="JsonException">It cannot be read.</exception>
    internal static T Read<T>(ReadOnlySpan<byte> stored) => JsonSerializer.Deserialize<T>(stored, Options)
        ?? throw new JsonException($"Reading the stored state of {typeof(T).Name}: found null. Clear the state of that grain.");

    private static JsonSerializerOptions MakeOptions()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            // Keys of dictionaries are data (file names, metric names) and stay as they are.
            DictionaryKeyPolicy = null,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            // A loss that is not finite is an event to record, not a reason to lose the write.
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            // Never part of a web page: people should be able to read names as they were given.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        options.Converters.Add(new StoredEnumConverter());
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
