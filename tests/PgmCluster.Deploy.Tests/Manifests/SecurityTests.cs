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

        var container = workload.Container.SecurityContext;
        Assert.False(container.AllowPrivilegeEscalation, $"{workload}");
        Assert.True(container.ReadOnlyRootFilesystem, $"{workload}");
        Assert.Equal(["ALL"], container.Capabilities.Drop);
        Assert.Empty(container.Capabilities.Add ?? []);
        Assert.NotEqual(true, container.Privileged);
        Assert.Empty(workload.Pod.InitContainers ?? []);
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
        Assert.Equal(["/data", "/data/shared", "/tmp"], writable.Order());
    });

    [Theory]
    [ClassData(typeof(OverlayData))]
    public void Secrets_AreMountedAndNotInTheEnvironment(string overlay) => Assert.All(Overlay.Of(overlay).Workloads, workload =>
    {
        Assert.All(workload.Container.Env ?? [], variable => Assert.Null(variable.ValueFrom?.SecretKeyRef));
        Assert.All(workload.Container.EnvFrom ?? [], source => Assert.Null(source.SecretRef));
    });
}
