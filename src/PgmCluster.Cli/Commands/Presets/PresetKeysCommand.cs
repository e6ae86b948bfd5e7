using System.CommandLine;
using System.Text.Json.Nodes;
using PgmCluster.Cli.Output;
using PgmCluster.Execution.Models;
using PgmCluster.Execution.Suggestions;

namespace PgmCluster.Cli.Commands.Presets;

/// <summary><c>pgm presets keys</c>: what <c>--set</c> takes.</summary>
internal static class PresetKeysCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var preset = new Argument<string?>("PRESET")
        {
            Description = "Show its values; without it the keys of all kinds of model, with the values where no preset sets them",
            Arity = ArgumentArity.ZeroOrOne,
            DefaultValueFactory = _ => null,
        };
        var command = new Command("keys", "List the keys that --set takes, what they mean and their values") { preset };
        return command.Does(environment, invocation =>
        {
            var keys = invocation.Get(preset) is { } name
                ? [.. SpecificationKeys.OfPreset(name).Select(key => new Row(key, new SpecificationResolver().KindOf(name)))]
                : OfAllKinds();
            return Task.FromResult(invocation.Finish(
                new { keys = keys.Select(k => new { k.Key.Name, k.Value, k.Takes, k.Meaning, k.Key.IsFromData, k.Kinds }) },
                console => console.WriteTable(
                    ["key", "value", "takes", "for", "meaning"],
                    keys.Select(k => new[] { k.Key.Name, k.Said, k.Takes, string.Join(", ", k.Kinds), k.Meaning }))));
        });
    }

    /// <summary>Keys that kinds share are listed once.</summary>
    private static List<Row> OfAllKinds()
    {
        var rows = new List<Row>();
        foreach (var (kind, key) in SpecificationKeys.Kinds.SelectMany(kind => SpecificationKeys.OfKind(kind).Select(key => (kind, key))))
        {
            var same = rows.Find(r => r.Key.Name == key.Name && r.Key.Setting == key.Setting && r.Said == new Row(key, kind).Said);
            if (same is null) rows.Add(new Row(key, kind));
            else same.Kinds.Add(kind);
        }
        return [.. rows.OrderBy(r => Array.IndexOf(["training", "model", "data", "numerics"], r.Key.Name[..r.Key.Name.IndexOf('.')]))];
    }

    private sealed class Row(SpecificationKey key, string kind)
    {
        public SpecificationKey Key => key;

        public List<string> Kinds { get; } = [kind];

        public JsonNode? Value => key.IsFromData ? null : key.Value?.DeepClone();

        public string Said => key switch
        {
            { IsFromData: true, Name: ['n', ..] } => "(the device's)",
            { IsFromData: true } => "(the data's)",
            _ => key.Value?.ToJsonString().Trim('"') ?? "",
        };

        public string Takes => SettingsDocumentation.Values(key.Setting);

        public string Meaning => SettingsDocumentation.Of(key.Setting);
    }
}
