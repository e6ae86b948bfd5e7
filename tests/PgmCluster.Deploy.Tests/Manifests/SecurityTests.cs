namespace PgmCluster.Deploy.Tests.Manifests;

public sealed class SecurityTests
{
    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Pods_RunWithoutPrivileges(string overlay) => Assert.All(Overlay.Of(overlay).Workloads, workload =>
    {
        var pod = workload.Pod.SecurityContext;
        Assert.True(pod.RunAsNonRoot, $"{workload}");
        Assert.True(pod.RunAsUser > 0 && pod.RunAsGroup > 0, $"{workload}");
        Assert.Equal("RuntimeDefault", pod.SeccompProfile.Type);
        Assert.NotEqual(true, workload.Pod.HostNetwork);
        Assert.NotEqual(true, workload.Pod.HostPID);

        Assert.All([workload.Container, .. workload.Pod.InitContainers ?? []], c =>
        {
            var container = c.SecurityContext;
            Assert.False(container.AllowPrivilegeEscalation, $"{workload}");
            Assert.True(container.ReadOnlyRootFilesystem, $"{workload}");
            Assert.Equal(["ALL"], container.Capabilities.Drop);
            Assert.Empty(container.Capabilities.Add ?? []);
            Assert.NotEqual(true, container.Privileged);
        });
        // Of these a pod of the standard "restricted" may set no others.
        Assert.All(pod.Sysctls ?? [], s => Assert.Equal("net.ipv4.ip_local_port_range", s.Name));
    });

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Pods_GetNoTokenOfTheKubernetesApi(string overlay) =>
        Assert.All(Overlay.Of(overlay).Workloads, workload => Assert.Equal(false, workload.Pod.AutomountServiceAccountToken));

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Silos_WriteToTheirHomeTheSharedDirectoryAndTmpOnly(string overlay) => Assert.All(Overlay.Of(overlay).Silos, silo =>
    {
        var writable = silo.Container.VolumeMounts.Where(m => m.ReadOnlyProperty != true).Select(m => m.MountPath);
        var memory = silo.Pod.Volumes.Any(v => v.EmptyDir?.Medium == "Memory") ? ["/dev/shm"] : Array.Empty<string>();
        Assert.Equal(["/data", "/data/shared", .. memory, "/tmp"], writable.Order());
    });

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Secrets_AreMountedAndNotInTheEnvironment(string overlay) => Assert.All(Overlay.Of(overlay).Workloads, workload =>
    {
        Assert.All(workload.Container.Env ?? [], variable => Assert.Null(variable.ValueFrom?.SecretKeyRef));
        Assert.All(workload.Container.EnvFrom ?? [], source => Assert.Null(source.SecretRef));
    });
}
