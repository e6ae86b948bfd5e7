using System.Collections.Concurrent;
using k8s;
using k8s.Models;
using YamlDotNet.RepresentationModel;

namespace PgmCluster.Deploy.Tests.Manifests;

/// <summary>One overlay, rendered and read strictly: unknown fields, wrong types and duplicate keys are errors.</summary>
internal sealed class Overlay
{
    /// <summary>What is no type of Kubernetes itself.</summary>
    private static readonly string[] s_foreign = ["cert-manager.io/v1", "keda.sh/v1alpha1"];

    private static readonly ConcurrentDictionary<string, Lazy<Overlay>> s_rendered = [];

    private readonly IReadOnlyList<YamlNode> _foreign;

    private Overlay(string name)
    {
        Text = Kustomize.Render(Path.Combine(Kustomize.OverlaysDirectory, name));
        var documents = Text.Split("\n---\n").ToLookup(d => s_foreign.Any(api => d.Contains($"apiVersion: {api}\n", StringComparison.Ordinal)));
        Manifests = Read(string.Join("\n---\n", documents[false]));
        _foreign = [.. documents[true].Select(Document)];
        Workloads = [.. Manifests.Select(Workload.Of).OfType<Workload>()];
    }

    public string Text { get; }

    public IReadOnlyList<object> Manifests { get; }

    public IReadOnlyList<Workload> Workloads { get; }

    public IEnumerable<Workload> Silos => Workloads.Where(w => w.IsSilo);

    /// <summary>What cert-manager is asked for, by the secret that it makes of it.</summary>
    public IReadOnlyDictionary<string, YamlNode> Certificates =>
        OfKind("Certificate").ToDictionary(d => $"{d["spec"]["secretName"]}", d => d["spec"]);

    /// <summary>Who issues, by name.</summary>
    public IReadOnlyDictionary<string, YamlNode> Issuers =>
        OfKind("Issuer").ToDictionary(d => $"{d["metadata"]["name"]}", d => d["spec"]);

    /// <summary>Where these are.</summary>
    public IEnumerable<string> ForeignNamespaces => _foreign.Select(d => $"{d["metadata"]["namespace"]}");

    /// <summary>What KEDA is asked for.</summary>
    public IEnumerable<YamlNode> ScaledObjects => OfKind("ScaledObject");

    /// <summary>An overlay of the repository with one component more, or some.</summary>
    /// <param name="overlay">Its name.</param>
    /// <param name="component">Directories below k8s/components, in their order, separated by commas.</param>
    /// <param name="more">Further lines of the kustomization over it.</param>
    public static Overlay With(string overlay, string component, string more = "")
    {
        var root = Directory.CreateTempSubdirectory("pgm-overlay-").FullName;
        try
        {
            string From(params string[] path) => Path.GetRelativePath(root, Path.Combine([Kustomize.OverlaysDirectory, .. path]));
            File.WriteAllText(Path.Combine(root, "kustomization.yaml"), $"""
                apiVersion: kustomize.config.k8s.io/v1beta1
                kind: Kustomization
                namespace: pgm
                resources:
                  - {From(overlay)}
                components:
                {string.Join('\n', component.Split(',').Select(one => $"  - {From("..", "components", one)}"))}
                {more}
                """);
            return new Overlay(root);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    /// <summary>An overlay of the repository by its name, or the one of a directory.</summary>
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

    /// <summary>
    /// Whether the network policies let pods with these labels, in the same namespace, be reached by the first and connect to the second.
    /// </summary>
    public bool Allows(Workload from, Workload to, string port) => Allows(from.Labels, to, port) && LetsOut(from, to.Labels, to.Port(port), port);

    /// <summary>Whether the network policies let a pod connect to a port of pods with these labels; null for what is no pod.</summary>
    public bool LetsOut(Workload from, IDictionary<string, string>? to, int port, string? name = null)
    {
        var policies = All<V1NetworkPolicy>().Where(
            p => p.Spec.PodSelector.Matches(from.Labels) && p.Spec.PolicyTypes.Contains("Egress")).ToList();
        if (policies.Count == 0) return true;
        return policies.SelectMany(p => p.Spec.Egress ?? []).Any(rule =>
            (rule.Ports is not { Count: > 0 } ports || ports.Any(p => p.Protocol == "TCP" && Includes(p, port, name)))
            && (rule.To is not { Count: > 0 } peers || (to is not null && peers.Any(
                peer => peer.NamespaceSelector is null && peer.IpBlock is null && peer.PodSelector.Matches(to)))));
    }

    /// <summary>Whether the network policies let a pod with these labels, in the same namespace, in.</summary>
    public bool Allows(IDictionary<string, string> from, Workload to, string port)
    {
        var policies = All<V1NetworkPolicy>().Where(
            p => p.Spec.PodSelector.Matches(to.Labels) && p.Spec.PolicyTypes.Contains("Ingress")).ToList();
        if (policies.Count == 0) return true;
        return policies.SelectMany(p => p.Spec.Ingress ?? []).Any(rule =>
            (rule.Ports is not { Count: > 0 } ports || ports.Any(p => Includes(p, to.Port(port), port)))
            && (rule.FromProperty is not { Count: > 0 } peers || peers.Any(
                peer => peer.NamespaceSelector is null && peer.IpBlock is null && peer.PodSelector.Matches(from))));
    }

    private static bool Includes(V1NetworkPolicyPort allowed, int port, string? name) =>
        int.TryParse(allowed.Port.Value, out var first)
            ? port >= first && port <= (allowed.EndPort ?? first)
            : allowed.Port.Value == name;

    private IEnumerable<YamlNode> OfKind(string kind) => _foreign.Where(d => $"{d["kind"]}" == kind);

    private static YamlNode Document(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return Assert.Single(stream.Documents).RootNode;
    }
}
