namespace PgmCluster.Deploy.Tests.Manifests;

/// <summary>The overlays, for theories.</summary>
public sealed class OverlayData : TheoryData<string>
{
    public OverlayData()
    {
        foreach (var overlay in Kustomize.Overlays) Add(overlay);
    }
}
