using System.Text.Json.Nodes;

namespace PgmCluster.Grains.Jobs;

/// <summary>Sizes that a training run's specification fixes, as far as it says them: what a job is made of has to agree in them.</summary>
/// <param name="ImageSize">Side in pixels of the images that the model takes or makes.</param>
/// <param name="Classes">Classes that the model knows.</param>
internal sealed record RunSizes(int? ImageSize, int? Classes)
{
    /// <param name="specification">Of the run, JSON.</param>
    public static RunSizes Of(string specification)
    {
        var json = JsonNode.Parse(specification) as JsonObject;
        return new RunSizes(Number(json, "data", "imageSize"), Number(json, "model", "classes"));
    }

    /// <summary>Examples that a run holds out of its data; 0 where it does not say.</summary>
    public static int ValidationExamplesOf(string specification) =>
        Number(JsonNode.Parse(specification) as JsonObject, "training", "validationExamples") ?? 0;

    /// <summary>Parts that each batch is cut into.</summary>
    public static int MicroBatchesOf(string specification) =>
        Number(JsonNode.Parse(specification) as JsonObject, "training", "microBatches") ?? 1;

    private static int? Number(JsonObject? json, string section, string key) =>
        json?[section] is JsonObject of && of[key] is JsonValue value && value.TryGetValue<int>(out var number) ? number : null;
}
