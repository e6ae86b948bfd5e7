using System.Text.Json;
using PgmCluster.Cli.Output;
using PgmCluster.Execution.Doctor;

namespace PgmCluster.Cli.Doctor;

/// <summary>A line that the process which computes for the doctor writes: one of the three.</summary>
internal sealed record ComputeMessage
{
    private static readonly JsonSerializerOptions s_json = new(Json.Options) { WriteIndented = false };

    public Finding? Finding { get; init; }

    /// <summary>What is done now, where that takes long.</summary>
    public string? Progress { get; init; }

    /// <summary>What a device was measured to do.</summary>
    public JsonElement? Report { get; init; }

    public static ComputeMessage? Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<ComputeMessage>(line, s_json);
        }
        catch (JsonException)
        {
            // A library's own words.
            return null;
        }
    }

    public string Write() => JsonSerializer.Serialize(this, s_json);
}
