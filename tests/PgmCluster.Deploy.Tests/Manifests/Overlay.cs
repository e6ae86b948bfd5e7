using System.Collections.Concurrent;
using k8s;
using k8s.Models;

namespace PgmCluster.Deploy.Tests.Manifests;

/// <summary>One overlay, rendered and read strictly: unknown fields, wrong types and duplicate keys are errors.</summary>
internal sealed class Overlay
{
    private static readonly ConcurrentDictionary<string, Lazy<Overlay>> s_rendered = [];

    private Overlay(string name)
    {
        Text = Kustomize.Render(Path.Combine(Kustomize.OverlaysDirectory, name));
        Manifests = Read(Text);
        Workloads = [.. Manifests.Select(Workload.Of).OfType<Workload>()];
    }

    public string Text { get; }

    public IReadOnlyList<object> Manifests { get; }

    public IReadOnlyList<Workload> Workloads { get; }

    public IEnumerable<Workload> Silos => Workloads.Where(w => w.IsSilo);

    public static Overlay Of(string name) => s_rendered.GetOrAdd(name, n => new Lazy<Overlay>(() => new Overlay(n))).Value;

    public static IReadOnlyList<object> Read(string text) => KubernetesYaml.LoadAllFromString(text, null, strict: true);

    public IEnumerable<T> All<T>() => Manifests.OfType<T>();

    /// <summary>
    /// The environment of a container: what it sets itself, then what it takes from config maps. Values from the pod are null.
    /// </summary>
    public IReadOnlyDictionary<string, string?> Environment(Workload workload)
    {
        var variables = new Dictionary<string, string?>();
        foreach (var source in workload.Container.EnvFrom ?? [])
        {
            var map = Assert.Single(All<V1ConfigMap>(), m => m.Metadata.Name == source.ConfigMapRef.Name);
            foreach (var (name, value) in map.Data) variables[name] = value;
        }
        foreach (var variable in workload.Container.Env ?? [])
            variables[variable.Name] = variable.ValueFrom is null ? variable.Value : null;
        return variables;
    }

    /// <summary>Whether the network policies let a pod with these labels, in the same namespace, connect.</summary>
    public bool Allows(IDictionary<string, string> from, Workload to, string port)
    {
        var policies = All<V1NetworkPolicy>().Where(
            p => p.Spec.PodSelector.Matches(to.Labels) && p.Spec.PolicyTypes.Contains("Ingress")).ToList();
        if (policies.Count == 0) return true;
        return policies.SelectMany(p => p.Spec.Ingress ?? []).Any(rule =>
            (rule.Ports is not { Count: > 0 } ports || ports.Any(p => to.Port(p.Port.Value) == to.Port(port)))
            && (rule.FromProperty is not { Count: > 0 } peers || peers.Any(
                peer => peer.NamespaceSelector is null && peer.IpBlock is null && peer.PodSelector.Matches(from))));
    }
}
