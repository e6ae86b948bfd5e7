using System.Reflection;
using System.Text.Json.Nodes;

namespace PgmCluster.Execution.Suggestions;

/// <summary>A key that <c>--set</c> takes.</summary>
/// <param name="Name">Dotted, such as "training.steps".</param>
/// <param name="Setting">The property that it sets; its documentation says what it means.</param>
/// <param name="Value">What it is where nothing sets it.</param>
/// <param name="IsFromData">That is taken over from the data, or from the device that computes.</param>
public sealed record SpecificationKey(string Name, PropertyInfo Setting, JsonNode? Value, bool IsFromData);
