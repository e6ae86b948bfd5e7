using System.Text.Json;
using System.Text.Json.Nodes;
using PgmCluster.Contracts.Evaluation;
using PgmCluster.Data;
using PgmCluster.Execution.Specifications;
using PgmCluster.Grains.Sampling;

namespace PgmCluster.Grains.Evaluation;

/// <summary>
/// Presets of evaluations: what a published model is scored with. They say how many images and how they are drawn, not of which run.
/// </summary>
public static class EvaluationPresets
{
    private static readonly PresetFiles Files = new("evaluation");

    /// <summary>Sorted.</summary>
    public static IReadOnlyList<string> Names => Files.Names;

    /// <summary>A preset with overrides, as the values of an <see cref="EvaluationRequest"/>.</summary>
    /// <returns>"features", "images", "chunkSize" and "settings", complete.</returns>
    /// <exception cref="BadInputException">Unknown preset or key (with the nearest name), or a bad value.</exception>
    public static JsonObject Resolve(string preset, IReadOnlyDictionary<string, string> overrides)
    {
        var defaults = SpecificationJson.ToObject(new EvaluationRequest { Model = "" });
        var resolved = new JsonObject();
        foreach (var key in new[] { "features", "images", "chunkSize", "settings" }) resolved[key] = defaults[key]!.DeepClone();
        SpecificationJson.Merge(resolved, Files.Read(preset), $"preset {preset}");
        foreach (var (key, text) in overrides.OrderBy(p => p.Key, StringComparer.Ordinal)) SpecificationJson.Set(resolved, key, text);
        try
        {
            // Which schedule "auto" means depends on the model; the other checks do not.
            Request(resolved).Settings.Complete(modelKind: "");
        }
        catch (Exception e) when (e is JsonException or Contracts.Errors.InvalidRequestException)
        {
            throw new BadInputException(
                $"Checking preset {preset} with its overrides: {e.Message.ReplaceLineEndings(" ")} Correct the value.", e);
        }
        return resolved;
    }

    /// <summary>Reads what <see cref="Resolve"/> made; the model is left empty.</summary>
    public static EvaluationRequest Request(JsonObject resolved)
    {
        var complete = (JsonObject)resolved.DeepClone();
        complete["model"] = "";
        return SpecificationJson.Read<EvaluationRequest>(complete);
    }
}
