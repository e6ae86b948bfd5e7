using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PgmCluster.Silo.Storage.Json;

/// <summary>
/// Enums by number, so that one which this version has no name for is read and written again as it was. Names, which versions before
/// stored, are read in any case of letters.
/// </summary>
internal sealed class StoredEnumConverter : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsEnum;

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Converter<>).MakeGenericType(typeToConvert))!;

    private sealed class Converter<T> : JsonConverter<T> where T : struct, Enum
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.Number) return (T)Enum.ToObject(typeof(T), reader.GetInt64());
            var name = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            if (name is not null && Enum.TryParse<T>(name, ignoreCase: true, out var value)) return value;
            throw new JsonException($"Reading a stored {typeof(T).Name}: found '{name ?? reader.TokenType.ToString()}' where a number or "
                + $"one of {string.Join(", ", Enum.GetNames<T>())} belongs. Use the version that stored it, or a later one.");
        }

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
    }
}
