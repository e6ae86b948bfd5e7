using System.Text.Json.Nodes;
using PgmCluster.Dashboard.Submitting;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Suggestions;

namespace PgmCluster.Silo.Hosting.Api;

/// <summary>The presets that come with the program.</summary>
internal sealed class ShippedPresets : ITrainingPresets
{
    private readonly Lazy<IReadOnlyList<TrainingPreset>> _all = new(() => [.. Read()]);

    public IReadOnlyList<TrainingPreset> All => _all.Value;

    public string? SamplePictures { get; } = Data.Sources.SamplePictures.Find(AppContext.BaseDirectory);

    public string SampleName => Data.Sources.SamplePictures.Name;

    public string? FaultOf(string preset, string key, string value) => SpecificationKeys.FaultOf(preset, key, value);

    private static IEnumerable<TrainingPreset> Read()
    {
        var resolver = new SpecificationResolver();
        foreach (var name in resolver.Presets)
        {
            var kind = resolver.KindOf(name);
            yield return new TrainingPreset(
                name, kind, ModelKinds.Generative.Contains(kind),
                [.. SpecificationKeys.OfPreset(name).Select(key => KeyValuePair.Create(key.Name, key.IsFromData ? null : Text(key.Value)))]);
        }
    }

    private static string Text(JsonNode? value) =>
        value is JsonValue single && single.TryGetValue<string>(out var text) ? text : value?.ToJsonString() ?? "";
}
