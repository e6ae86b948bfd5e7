using k8s;
using k8s.Models;

namespace PgmCluster.Deploy.Tests.Manifests;

public sealed class RenderingTests
{
    [Fact]
    public void Overlays_AreThoseThatTheDocumentationNames() => Assert.Equal(["gpu-pool", "local-cpu"], Kustomize.Overlays);

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Render_EveryManifest_IsKnownToKubernetes(string overlay)
    {
        var rendered = Overlay.Of(overlay);

        Assert.NotEmpty(rendered.Silos);
        // One document each: none was passed over.
        Assert.Equal(rendered.Text.Split("\n---\n").Length, rendered.Manifests.Count);
    }

    [Theory]
    [InlineData("  replicaz: 2\n")]
    [InlineData("  replicas: two\n")]
    [InlineData("  replicas: 1\n  replicas: 2\n")]
    public void Read_MistakenField_IsRefused(string spec) =>
        Assert.ThrowsAny<Exception>(() => Overlay.Read($"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: x\nspec:\n{spec}"));

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Names_AreUnique_AndInTheOverlaysNamespace(string overlay)
    {
        var rendered = Overlay.Of(overlay);
        var @namespace = Assert.Single(rendered.All<V1Namespace>()).Metadata.Name;
        var objects = rendered.Manifests.Cast<IKubernetesObject<V1ObjectMeta>>().ToList();

        Assert.All(objects.Where(o => o is not V1Namespace and not V1PriorityClass), o => Assert.Equal(@namespace, o.Metadata.NamespaceProperty));
        Assert.Equal(objects.Count, objects.Select(o => (o.Kind, o.Metadata.Name)).Distinct().Count());
    }

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void References_LeadToSomething_AndSecretsAreNotInTheRepository(string overlay)
    {
        var rendered = Overlay.Of(overlay);
        var readme = File.ReadAllText(Path.Combine(TestSupport.RepositoryRoot.Path, "k8s", "README.md"));

        Assert.Empty(rendered.All<V1Secret>());
        foreach (var workload in rendered.Workloads)
        {
            if (workload.Pod.ServiceAccountName is { } account)
                Assert.Contains(rendered.All<V1ServiceAccount>(), a => a.Metadata.Name == account);
            foreach (var volume in workload.Pod.Volumes)
            {
                if (volume.PersistentVolumeClaim is { } claim)
                    Assert.Contains(rendered.All<V1PersistentVolumeClaim>(), c => c.Metadata.Name == claim.ClaimName);
                if (volume.ConfigMap is { } map) Assert.Contains(rendered.All<V1ConfigMap>(), c => c.Metadata.Name == map.Name);
                if (volume.Secret is not { } secret) continue;
                Assert.Contains($"create secret generic {secret.SecretName}", readme);
                Assert.All(secret.Items, item => Assert.Contains($"--from-literal={item.Key}=", readme));
            }
        }
    }

    /// <summary>A secret can be made in a namespace only that is there, and pods start only once their secret is.</summary>
    [Fact]
    public void Readme_MakesNamespaceThenSecretThenTheRest()
    {
        var readme = File.ReadAllText(Path.Combine(TestSupport.RepositoryRoot.Path, "k8s", "README.md"));

        foreach (var overlay in Kustomize.Overlays)
        {
            var section = readme[readme.IndexOf($": {overlay}\n", StringComparison.Ordinal)..];
            section = section[..section.IndexOf("\n## ", StringComparison.Ordinal)];
            int[] order =
            [
                section.IndexOf($"kubectl apply -f k8s/overlays/{overlay}/namespace.yaml", StringComparison.Ordinal),
                section.IndexOf("create secret generic", StringComparison.Ordinal),
                section.IndexOf($"kubectl apply -k k8s/overlays/{overlay}", StringComparison.Ordinal),
            ];
            Assert.DoesNotContain(-1, order);
            Assert.Equal(order.Order(), order);
        }
    }

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Mounts_HaveAVolume_AndVolumesAreMounted(string overlay)
    {
        foreach (var workload in Overlay.Of(overlay).Workloads)
        {
            var mounted = workload.Container.VolumeMounts.Select(m => m.Name).Order().ToList();
            Assert.Equal(mounted.Distinct(), mounted);
            // A StatefulSet's claims are volumes as well.
            foreach (var init in workload.Pod.InitContainers ?? [])
                Assert.All(init.VolumeMounts, mount => Assert.Contains(workload.Container.VolumeMounts, m => (m.Name, m.MountPath) == (mount.Name, mount.MountPath)));
            var volumes = workload.Pod.Volumes.Select(v => v.Name).Concat(workload.Kind == "StatefulSet" ? ["data"] : []).Order();
            Assert.Equal(volumes, mounted);
        }
    }
}
