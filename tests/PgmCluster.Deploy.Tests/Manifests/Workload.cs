using k8s.Models;

namespace PgmCluster.Deploy.Tests.Manifests;

/// <summary>Pods of one kind: a Deployment or a StatefulSet.</summary>
internal sealed record Workload(
    string Kind, string Name, int Replicas, V1LabelSelector Selector, V1PodTemplateSpec Template, V1DeploymentStrategy? Strategy)
{
    public V1PodSpec Pod => Template.Spec;

    public IDictionary<string, string> Labels => Template.Metadata.Labels;

    public bool IsSilo => Labels.TryGetValue("app.kubernetes.io/name", out var name) && name == "pgm";

    /// <summary>The one container; there are no sidecars.</summary>
    public V1Container Container => Assert.Single(Pod.Containers);

    public static Workload? Of(object manifest) => manifest switch
    {
        V1Deployment d => new("Deployment", d.Metadata.Name, d.Spec.Replicas ?? 1, d.Spec.Selector, d.Spec.Template, d.Spec.Strategy),
        V1StatefulSet s => new("StatefulSet", s.Metadata.Name, s.Spec.Replicas ?? 1, s.Spec.Selector, s.Spec.Template, null),
        _ => null,
    };

    /// <summary>The number of a container's port that is given by name or number.</summary>
    public int Port(string nameOrNumber)
    {
        var port = Container.Ports.SingleOrDefault(p => p.Name == nameOrNumber || $"{p.ContainerPort}" == nameOrNumber);
        Assert.True(port is not null, $"{Kind} {Name} has no port '{nameOrNumber}'.");
        return port.ContainerPort;
    }

    public override string ToString() => $"{Kind} {Name}";
}
