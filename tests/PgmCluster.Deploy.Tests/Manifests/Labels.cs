using k8s.Models;

namespace PgmCluster.Deploy.Tests.Manifests;

/// <summary>Label selectors as Kubernetes reads them.</summary>
internal static class Labels
{
    public static bool Matches(this IDictionary<string, string> selector, IDictionary<string, string> labels) =>
        selector.All(pair => labels.TryGetValue(pair.Key, out var value) && value == pair.Value);

    public static bool Matches(this V1LabelSelector selector, IDictionary<string, string> labels) =>
        (selector.MatchLabels ?? new Dictionary<string, string>()).Matches(labels)
            && (selector.MatchExpressions ?? []).All(e => Holds(e, labels));

    private static bool Holds(V1LabelSelectorRequirement requirement, IDictionary<string, string> labels)
    {
        var present = labels.TryGetValue(requirement.Key, out var value);
        return requirement.OperatorProperty switch
        {
            "In" => present && requirement.Values.Contains(value!),
            "NotIn" => !present || !requirement.Values.Contains(value!),
            "Exists" => present,
            "DoesNotExist" => !present,
            var other => throw new InvalidOperationException($"'{other}' is not an operator of label selectors."),
        };
    }
}
