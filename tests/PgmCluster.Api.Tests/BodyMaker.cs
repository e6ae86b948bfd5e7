using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PgmCluster.Api.Tests;

/// <summary>
/// Makes bodies that are nearly right: of the form that the document says, with values that nobody expects, and then broken.
/// </summary>
/// <param name="random">Decides everything.</param>
/// <param name="schemas">The document's.</param>
internal sealed class BodyMaker(Random random, JsonElement schemas)
{
    private static readonly string[] s_texts =
    [
        "", " ", "x", "true", "NaN", "-1", "../../etc/passwd", "waited", "classifier-smoke", "pgm-smoke", "tokenizer-smoke", "train",
        "validation", "float32", "halton", "confidence", "\u0001", "\u0000", "\ud83d\ude00", "'; DROP TABLE x; --", "{0}", "%s%n", "\u202e",
        "1.00:00:00", "-10675199.02:48:05.4775808", "2026-01-01T00:00:00Z", new('a', 5000),
    ];

    private static readonly string[] s_numbers =
    [
        "0", "1", "-1", "2", "7", "100", "2147483647", "-2147483648", "2147483648", "9223372036854775807", "-9223372036854775808",
        "9223372036854775808", "1e308", "-1e308", "1e999", "0.5", "1e-320", "1.0", "-0",
    ];

    /// <summary>One more body.</summary>
    public byte[] Next(JsonElement schema)
    {
        var text = Encoding.UTF8.GetBytes(Value(schema, 0)?.ToJsonString() ?? "null");
        return random.Next(6) switch
        {
            0 => Broken(text),
            1 => Encoding.UTF8.GetBytes(Anything(0)?.ToJsonString() ?? "null"),
            _ => text,
        };
    }

    private JsonNode? Value(JsonElement schema, int depth)
    {
        if (random.Next(12) == 0) return Anything(depth);
        if (schema.ValueKind != JsonValueKind.Object) return Anything(depth);
        if (schema.TryGetProperty("$ref", out var reference))
            return Value(schemas.GetProperty(reference.GetString()!.Split('/')[^1]), depth);
        if (schema.TryGetProperty("oneOf", out var either) || schema.TryGetProperty("anyOf", out either))
            return Value(either[random.Next(either.GetArrayLength())], depth);
        if (schema.TryGetProperty("enum", out var words) && random.Next(4) > 0)
            return JsonNode.Parse(words[random.Next(words.GetArrayLength())].GetRawText());
        if (depth > 8) return null;
        return TypeOf(schema) switch
        {
            "object" => Members(schema, depth),
            "array" => new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => Value(schema.GetProperty("items"), depth + 1))]),
            "string" => Text(),
            "integer" or "number" => Number(),
            "boolean" => random.Next(2) == 0,
            _ => null,
        };
    }

    private JsonObject Members(JsonElement schema, int depth)
    {
        var made = new JsonObject();
        var required = schema.TryGetProperty("required", out var names)
            ? names.EnumerateArray().Select(n => n.GetString()).ToHashSet()
            : [];
        if (schema.TryGetProperty("properties", out var members))
        {
            foreach (var member in members.EnumerateObject())
            {
                if (random.Next(required.Contains(member.Name) ? 12 : 3) > 0 == required.Contains(member.Name) || random.Next(3) == 0)
                    made[member.Name] = Value(member.Value, depth + 1);
            }
        }
        else
        {
            for (var i = random.Next(4); i > 0; i--) made[random.Next(2) == 0 ? "training.steps" : Text()] = Text();
        }
        if (random.Next(10) == 0) made["unknown"] = Anything(depth);
        return made;
    }

    private JsonNode? Anything(int depth) => random.Next(depth > 3 ? 4 : 6) switch
    {
        0 => null,
        1 => Text(),
        2 => Number(),
        3 => random.Next(2) == 0,
        4 => new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => Anything(depth + 1))]),
        _ => new JsonObject { ["a"] = Anything(depth + 1), [Text()] = Anything(depth + 1) },
    };

    private string Text() => s_texts[random.Next(s_texts.Length)];

    private JsonNode? Number() => JsonNode.Parse(s_numbers[random.Next(s_numbers.Length)]);

    private byte[] Broken(byte[] text)
    {
        switch (random.Next(5))
        {
            case 0:
                return text[..random.Next(text.Length)];
            case 1:
                text[random.Next(text.Length)] = (byte)random.Next(256);
                return text;
            case 2:
                return [.. text, .. "{\"a\":"u8];
            case 3:
                return Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("[", 3000)));
            default:
                return Encoding.UTF8.GetBytes("{\"preset\":\"\\ud800\",\"dataset\":\"\\udc00x\",\"location\":\"\\ud800\"}");
        }
    }

    private string? TypeOf(JsonElement schema)
    {
        if (!schema.TryGetProperty("type", out var type)) return null;
        return type.ValueKind == JsonValueKind.String ? type.GetString() : type[random.Next(type.GetArrayLength())].GetString();
    }
}
