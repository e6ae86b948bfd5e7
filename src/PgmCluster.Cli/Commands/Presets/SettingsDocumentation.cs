using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;

namespace PgmCluster.Cli.Commands.Presets;

/// <summary>
/// What settings mean: the summaries of their own declarations, which the build carries into this program, so that code, documentation and
/// command line cannot say different things.
/// </summary>
internal static class SettingsDocumentation
{
    private const string Prefix = "documentation:";

    private static readonly Lazy<IReadOnlyDictionary<string, string>> Summaries = new(Read);

    /// <summary>The summary of a setting as one line; "" where it has none.</summary>
    public static string Of(PropertyInfo setting) =>
        Summaries.Value.GetValueOrDefault($"P:{setting.DeclaringType!.FullName}.{setting.Name}", "");

    /// <summary>What kind of value a setting takes.</summary>
    public static string Values(PropertyInfo setting) => setting.PropertyType switch
    {
        { IsEnum: true } type => string.Join(", ", Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName)),
        var type when type == typeof(bool) => "true, false",
        var type when type == typeof(int) || type == typeof(long) => "whole number",
        var type when type == typeof(double) => "number",
        var type when type == typeof(string) => "word",
        _ => "list of whole numbers",
    };

    private static Dictionary<string, string> Read()
    {
        var summaries = new Dictionary<string, string>(StringComparer.Ordinal);
        var assembly = typeof(SettingsDocumentation).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            foreach (var member in XDocument.Load(stream).Descendants("member"))
            {
                if (member.Element("summary") is { } summary) summaries[member.Attribute("name")!.Value] = Text(summary);
            }
        }
        return summaries;
    }

    private static string Text(XElement element)
    {
        var text = new StringBuilder();
        foreach (var node in element.Nodes())
        {
            text.Append(node switch
            {
                XText words => words.Value,
                XElement { Name.LocalName: "see" } see => Named(see),
                XElement inner => Text(inner),
                _ => "",
            });
        }
        return string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>A setting as <c>--set</c> calls it, anything else by its name.</summary>
    private static string Named(XElement see)
    {
        if (see.Attribute("langword") is { } word) return word.Value;
        var reference = (see.Attribute("cref")?.Value ?? "").Split('(')[0];
        var name = reference[(reference.LastIndexOf('.') + 1)..];
        return reference.StartsWith("P:", StringComparison.Ordinal) ? JsonNamingPolicy.CamelCase.ConvertName(name) : name;
    }
}
